// Text to JSON and back without any state, for tests that compare a grammar
// with the one of client-native.

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	parser "github.com/haproxytech/client-native/v6/config-parser"
	parser_errors "github.com/haproxytech/client-native/v6/config-parser/errors"
	"github.com/haproxytech/client-native/v6/configuration"
	"github.com/haproxytech/client-native/v6/configuration/options"
	"github.com/haproxytech/client-native/v6/models"
)

func newTraceEntry() any { return new(models.TraceEntry) }

func createTraceEntry(c cn, p place, v any) error {
	return c.CreateTraceEntry(v.(*models.TraceEntry), p.tx, p.version)
}

func deleteTraceEntry(c cn, p place, v any) error {
	return c.DeleteTraceEntry(v.(*models.TraceEntry), p.tx, p.version)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// withScratch lends a client on an empty file that keeps its transactions in
// memory. It reads defaults as a raw push does: what is not named stays so.
func (e *engine) withScratch(use func(cn) error) error {
	if e.scratch == nil {
		file := filepath.Join(e.temp, "scratch.cfg")
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			return err
		}
		scratch, err := configuration.New(context.Background(),
			options.ConfigurationFile(file),
			options.HAProxyBin("true"), // no version: no "from" is added
			options.TransactionsDir(filepath.Join(e.temp, "scratch")),
			options.PreferredTimeSuffix("nearest"))
		if err != nil {
			return err
		}
		e.scratch = scratch
	}
	// The name of the last defaults section is global to the library.
	name := parser.DefaultSectionName
	parser.DefaultSectionName = ""
	defer func() { parser.DefaultSectionName = name }()
	return use(e.scratch)
}

// full gives everything the library models in a text: "global" and each
// non-empty collection with its children, sections sorted by name. A collection
// that cannot be read is left out and named in "errors".
func (e *engine) full(text string) (map[string]any, error) {
	all, problems := map[string]any{}, map[string]string{}
	err := e.withScratch(func(c cn) error {
		if err := c.Parser().Process(strings.NewReader(text)); err != nil {
			return err
		}
		for _, section := range sections {
			r := &section.resource
			if r.full != nil {
				r = r.full
			}
			read := r.list
			if section.single {
				read = r.get
			}
			value, err := read(c, place{})
			if section.path == "crt_stores" {
				value, err = crtStoresWithLoads(c)
			}
			if errors.Is(err, configuration.ErrObjectDoesNotExist) || errors.Is(err, parser_errors.ErrSectionMissing) {
				continue
			}
			if err != nil {
				problems[section.path] = err.Error()
				continue
			}
			if section.single {
				all[section.path] = value
			} else if items := byName(value); len(items) > 0 {
				all[section.path] = items
			}
		}
		return nil
	})
	if len(problems) > 0 {
		all["errors"] = problems
	}
	return all, err
}

func crtStoresWithLoads(c cn) ([]*crtStore, error) {
	_, stores, err := c.GetCrtStores("")
	var shown []*crtStore
	for _, store := range stores {
		shown = append(shown, showCrtStore(store, true))
	}
	return shown, err
}

func byName(list any) []any {
	values := reflect.ValueOf(list)
	items := make([]any, values.Len())
	for i := range items {
		items[i] = values.Index(i).Interface()
	}
	name := func(item any) string {
		return reflect.Indirect(reflect.ValueOf(item)).FieldByName("Name").String()
	}
	slices.SortStableFunc(items, func(a, b any) int { return cmp.Compare(name(a), name(b)) })
	return items
}

// text writes such a JSON object as configuration text, creating section by
// section with full_section.
func (e *engine) text(document []byte) (string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(document, &all); err != nil {
		return "", failure{400, err.Error()}
	}
	const tx = "text"
	var written string
	err := e.withScratch(func(c cn) error {
		if err := c.AddParser(tx); err != nil {
			return err
		}
		defer func() { _ = c.DeleteParser(tx) }()
		for _, section := range sections {
			value, given := all[section.path]
			delete(all, section.path)
			if !given || string(bytes.TrimSpace(value)) == "null" {
				continue
			}
			if err := section.build(c, tx, value); err != nil {
				return failure{statusOf(err), section.path + ": " + err.Error()}
			}
		}
		if len(all) > 0 {
			return failure{422, "unknown collections: " + strings.Join(sortedKeys(all), " ")}
		}
		p, err := c.GetParser(tx)
		if err != nil {
			return err
		}
		written = withoutHeader(p.String())
		return nil
	})
	return written, err
}

func (s *sectionResource) build(c cn, tx string, value []byte) error {
	r := &s.resource
	if r.full != nil {
		r = r.full
	}
	if s.single {
		item := r.item()
		if err := fill(item, value); err != nil {
			return err
		}
		return r.edit(c, place{tx: tx}, item)
	}
	var rest []json.RawMessage
	if err := json.Unmarshal(value, &rest); err != nil {
		return failure{400, err.Error()}
	}
	if s.path == "defaults" {
		rest = inheritanceOrder(rest)
	}
	for i, text := range rest {
		item := r.item()
		err := wantShape(text, false, "")
		if err == nil {
			err = fill(item, text)
		}
		if err == nil {
			err = r.create(c, place{tx: tx}, item)
		}
		if err != nil {
			return failure{statusOf(err), fmt.Sprintf("%d: %s", i, err)}
		}
	}
	return nil
}

// inheritanceOrder puts each defaults section after the one it is from.
func inheritanceOrder(items []json.RawMessage) []json.RawMessage {
	type head struct{ Name, From string }
	var ordered []json.RawMessage
	done := map[string]bool{"": true}
	for len(items) > 0 {
		var later []json.RawMessage
		for _, item := range items {
			var h head
			_ = json.Unmarshal(item, &h)
			if done[h.From] {
				ordered, done[h.Name] = append(ordered, item), true
			} else {
				later = append(later, item)
			}
		}
		if len(later) == len(items) { // a missing one, or a circle: the library will say so
			return append(ordered, later...)
		}
		items = later
	}
	return ordered
}

// rewrite gives a text as the library writes it.
func (e *engine) rewrite(text string) (string, error) {
	var written string
	err := e.withScratch(func(c cn) error {
		if err := c.Parser().Process(strings.NewReader(text)); err != nil {
			return err
		}
		written = withoutHeader(c.Parser().String())
		return nil
	})
	return written, err
}

// withoutHeader drops the leading "# _version" and the blank lines after it.
func withoutHeader(text string) string {
	for strings.HasPrefix(text, "# _") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.TrimLeft(text, "\n")
}
