"""cache: an HTTP cache in shared memory. Manual chapter 6.2.1; API /caches."""

from hsync.schema import Int, Row, SectionType, Shape, Switch

SECTION = SectionType(
    "cache",
    path="caches",
    shape=Shape.NAMED,
    place=60,
    rank=20,
    full_section=False,
    rows=(
        # The API does not write a zero: none of these fields is nullable.
        Row("total-max-size", Int("total_max_size", low=1, high=4095)),
        Row("max-object-size", Int("max_object_size", low=1)),
        Row("max-age", Int("max_age", low=1)),
        Row("max-secondary-entries", Int("max_secondary_entries", low=1)),
        Row("process-vary", Switch("process_vary", values=True)),
    ),
)
