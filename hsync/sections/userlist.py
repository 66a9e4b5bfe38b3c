"""userlist: users and groups for HTTP authentication. Manual chapter 12.2; API /userlists, /users, /groups."""

from hsync.schema import Child, Const, Form, Key, Lit, OneOf, Opt, SectionType, Seq, Shape, Word
from hsync.sections.sockets import Name

SECTION = SectionType(
    "userlist",
    path="userlists",
    shape=Shape.NAMED,
    repeats=True,  # HAProxy takes the first, with a warning
    place=20,
    rank=10,
    put=False,
    children=(
        Child(
            "groups",
            Shape.NAMED,
            forms=(Form("group", Name("name"), Opt(Key("users", Word("users")))),),
            in_full="groups",
            ordered=False,
            put=False,  # 3.2.5 answers a PUT of a group with 202 and changes nothing
            parent_query="userlist",
        ),
        Child(
            "users",
            Shape.NAMED,
            forms=(
                Form(
                    "user",
                    Name("username"),
                    OneOf(
                        Seq(Lit("password"), Const(secure_password=True), Word("password", secret=True)),
                        Seq(Lit("insecure-password"), Const(secure_password=False), Word("password", secret=True)),
                    ),
                    Opt(Key("groups", Word("groups"))),
                ),
            ),
            in_full="users",
            key="username",
            ordered=False,
            parent_query="userlist",
        ),
    ),
)
