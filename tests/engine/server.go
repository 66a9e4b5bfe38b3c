// The HTTP side: authentication, paths, parameters, bodies, headers, errors.

package main

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	oaerrors "github.com/go-openapi/errors"
	"github.com/go-openapi/strfmt"
	"github.com/haproxytech/client-native/v6/configuration"
)

// request is one call, with its path cut and unescaped.
type request struct {
	*http.Request
	query url.Values
	body  []byte
}

// answer is a successful reply; a string is sent as text, nil not at all.
type answer struct {
	status  int
	body    any
	headers map[string]string
	shown   *int64 // Configuration-Version, where it is not the one of the query's transaction
}

type handler func(*request) (answer, error)

// methods maps methods to what they do on one path.
type methods map[string]handler

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.noticeEdit(); err != nil {
		log.Printf("loading the edited configuration: %v", err)
	}
	defer e.remember()

	a, err := e.handle(w, r)
	version := e.version(r.URL.Query().Get("transaction_id"))
	if a.shown != nil {
		version = *a.shown
	}
	header := w.Header()
	header.Set("Configuration-Version", strconv.FormatInt(version, 10))
	for name, value := range a.headers {
		if value != "" {
			header.Set(name, value)
		}
	}
	if err != nil {
		status := statusOf(err)
		a = answer{status: status, body: map[string]any{"code": status, "message": err.Error()}}
	}
	var payload []byte
	switch body := a.body.(type) {
	case nil:
	case string:
		header.Set("Content-Type", "text/plain")
		payload = []byte(body)
	default:
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(body); err != nil {
			a.status = 500
			buffer.Reset()
			fmt.Fprintf(&buffer, `{"code":500,"message":%q}`, err.Error())
		}
		header.Set("Content-Type", "application/json")
		payload = buffer.Bytes()
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(payload)
}

// handle authenticates, finds the path and runs it; a panic in client-native
// (there are bodies that cause one) is a 500, as in the server.
func (e *engine) handle(w http.ResponseWriter, r *http.Request) (a answer, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			log.Printf("%s %s: %v", r.Method, r.URL.Path, problem)
			a, err = answer{}, failure{500, fmt.Sprint(problem)}
		}
	}()
	user, password, ok := r.BasicAuth()
	if !ok || user != e.user || subtle.ConstantTimeCompare([]byte(password), []byte(e.password)) != 1 {
		w.Header().Set("WWW-Authenticate", `Basic realm="API"`)
		if ok {
			return answer{}, failure{401, "unauthorized"}
		}
		return answer{}, failure{401, "missing or invalid authorization"}
	}
	req := &request{Request: r, query: r.URL.Query()}
	if req.body, err = io.ReadAll(r.Body); err != nil {
		return answer{}, failure{400, err.Error()}
	}
	path := r.URL.EscapedPath()
	var segments []string
	for _, segment := range strings.Split(strings.Trim(path, "/"), "/") {
		if segment, err = url.PathUnescape(segment); err != nil {
			return answer{}, failure{400, err.Error()}
		}
		segments = append(segments, segment)
	}
	found := e.route(segments)
	if found == nil {
		return answer{}, failure{404, fmt.Sprintf("path %s was not found", path)}
	}
	run := found[r.Method]
	if run == nil {
		var allowed []string
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			if found[method] != nil {
				allowed = append(allowed, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return answer{}, failure{405, fmt.Sprintf("method %s is not allowed for path %s", r.Method, path)}
	}
	available := []string{"application/json"}
	if segments[len(segments)-1] == "raw" || segments[0] == "engine" {
		available = append(available, "text/plain")
	}
	if accept := r.Header.Get("Accept"); accept != "" && !accepts(accept, available) {
		return answer{}, failure{406, fmt.Sprintf("unsupported media type requested, only %v are available", available)}
	}
	return run(req)
}

func accepts(header string, available []string) bool {
	for _, part := range strings.Split(header, ",") {
		wanted, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		wanted = strings.TrimSpace(wanted)
		for _, kind := range available {
			group, _, _ := strings.Cut(kind, "/")
			if wanted == "*/*" || wanted == kind || wanted == group+"/*" {
				return true
			}
		}
	}
	return false
}

// route finds what a path can do; nil if there is no such path.
func (e *engine) route(s []string) methods {
	under := func(prefix ...string) []string {
		if len(s) <= len(prefix) {
			return nil
		}
		for i, want := range prefix {
			if s[i] != want {
				return nil
			}
		}
		return s[len(prefix):]
	}
	if rest := under("v3", "services", "haproxy", "configuration"); rest != nil {
		return e.configurationRoute(rest)
	}
	if rest := under("v3", "services", "haproxy"); rest != nil {
		switch {
		case len(rest) == 1 && rest[0] == "transactions":
			return methods{"GET": e.listTransactions, "POST": e.openTransaction}
		case len(rest) == 2 && rest[0] == "transactions":
			return e.transactionRoute(rest[1])
		case len(rest) == 1 && rest[0] == "reloads":
			return methods{"GET": func(*request) (answer, error) { return answer{status: 200, body: e.listReloads()}, nil }}
		case len(rest) == 2 && rest[0] == "reloads":
			return methods{"GET": func(*request) (answer, error) {
				r, err := e.findReload(rest[1])
				return answer{status: 200, body: r}, err
			}}
		}
		return nil
	}
	if rest := under("v3"); len(rest) == 1 {
		fixed := func(body any) methods {
			return methods{"GET": func(*request) (answer, error) { return answer{status: 200, body: body}, nil }}
		}
		switch rest[0] {
		case "info":
			return fixed(map[string]any{"api": map[string]any{"version": "v" + e.api + ".0 engine"}, "system": map[string]any{}})
		case "health":
			return fixed(map[string]any{"haproxy": "up"})
		case "specification":
			return fixed(map[string]any{
				"swagger": "2.0", "basePath": "/v3", "paths": map[string]any{}, "definitions": map[string]any{},
				"info": map[string]any{"title": "HAProxy Data Plane API", "version": e.api},
			})
		case "specification_openapiv3":
			return fixed(map[string]any{
				"openapi": "3.0.1", "paths": map[string]any{},
				"info": map[string]any{"title": "HAProxy Data Plane API", "version": e.api},
			})
		}
		return nil
	}
	if rest := under("engine"); len(rest) == 1 {
		return e.testRoute(rest[0])
	}
	return nil
}

func (e *engine) transactionRoute(id string) methods {
	missing := func(err error) error {
		if errors.Is(err, configuration.ErrTransactionDoesNotExist) {
			return failure{404, err.Error()}
		}
		return err
	}
	return methods{
		"GET": func(*request) (answer, error) {
			tx, err := e.client.GetTransaction(id)
			return answer{status: 200, body: tx}, missing(err)
		},
		"PUT": func(r *request) (answer, error) {
			force, err := r.boolean("force_reload")
			if err != nil {
				return answer{}, err
			}
			tx, err := e.commit(id)
			if err != nil {
				return answer{}, missing(err)
			}
			a, err := e.applied(force, 200, 202)
			a.body = tx
			return a, err
		},
		"DELETE": func(*request) (answer, error) {
			return answer{status: 204}, missing(e.client.DeleteTransaction(id))
		},
	}
}

func (e *engine) listTransactions(r *request) (answer, error) {
	if status, given := r.query["status"]; given && status[0] != "failed" && status[0] != "in_progress" {
		return answer{}, failure{400, `status in query: value is not one of the allowed values ["failed","in_progress"]`}
	}
	list, err := e.client.GetTransactions(r.query.Get("status"))
	return answer{status: 200, body: list}, err
}

func (e *engine) openTransaction(r *request) (answer, error) {
	if err := r.need("version"); err != nil {
		return answer{}, err
	}
	version, err := r.integer("version")
	if err != nil {
		return answer{}, err
	}
	tx, err := e.open(version)
	return answer{status: 201, body: tx}, err
}

// applied reloads after a change outside a transaction, or a commit.
func (e *engine) applied(force bool, forced, scheduled int) (answer, error) {
	if force {
		_, err := e.runReload()
		return answer{status: forced}, err
	}
	return answer{status: scheduled, headers: map[string]string{"Reload-ID": e.schedule()}}, nil
}

// configurationRoute finds a structured path, raw, or version.
func (e *engine) configurationRoute(s []string) methods {
	switch {
	case len(s) == 1 && s[0] == "version":
		return methods{"GET": func(r *request) (answer, error) {
			version, err := e.client.GetConfigurationVersion(r.query.Get("transaction_id"))
			return answer{status: 200, body: version}, err
		}}
	case len(s) == 1 && s[0] == "raw":
		return methods{"GET": e.getRaw, "POST": e.postRaw}
	case len(s) == 2 && s[0] == "traces" && s[1] == "entries":
		return e.traceEntries()
	}
	for _, section := range sections {
		for name, child := range section.embedded {
			if s[0] == name && len(s) <= 2 {
				return e.objectRoute(child.resource, place{kind: section.kind}, s[1:], child.query)
			}
		}
		below := section.below
		if below == "" {
			below = section.path
		}
		rest := 2 // segments before the child's name
		if section.single {
			rest = 1
		}
		switch {
		case s[0] == below && len(s) > rest && len(s) <= rest+2:
			child := section.children[s[rest]]
			if child == nil {
				return nil
			}
			at := place{kind: section.kind}
			if !section.single {
				at.parent = s[1]
			}
			return e.objectRoute(child, at, s[rest+1:], "")
		case s[0] == section.path && len(s) == 1 && section.single:
			return e.itemMethods(&section.resource, place{}, "", true)
		case s[0] == section.path && len(s) <= 2 && !section.single:
			found := e.objectRoute(&section.resource, place{}, s[1:], "")
			if section.path == "defaults" && len(s) == 1 {
				found["PUT"] = found["POST"]
			}
			return found
		}
	}
	return nil
}

// objectRoute is a collection (rest is empty) or one of its items. With query,
// the parent's name is in that parameter.
func (e *engine) objectRoute(res *resource, at place, rest []string, query string) methods {
	if len(rest) == 1 {
		located, err := res.locate(at, rest[0])
		if err != nil {
			return e.always(res, failure{400, "Invalid format for parameter index: error binding string parameter: " + err.Error()})
		}
		return e.itemMethods(res, located, query, res.atIndex)
	}
	found := methods{"GET": e.reading(res, at, query, func(r *resource, p place) (any, error) {
		list, err := r.list(e.client, p)
		if query == "" && errors.Is(err, configuration.ErrParentDoesNotExist) {
			return []any{}, nil
		}
		return list, err
	})}
	if !res.atIndex {
		found["POST"] = e.writing(res, at, query, 201, false, (*resource).runCreate)
	}
	if res.replace != nil {
		found["PUT"] = e.writing(res, at, query, 200, true, (*resource).runReplace)
	}
	return found
}

func (e *engine) itemMethods(res *resource, at place, query string, post bool) methods {
	found := methods{"GET": e.reading(res, at, query, func(r *resource, p place) (any, error) {
		return r.get(e.client, p)
	})}
	if post && res.create != nil {
		found["POST"] = e.writing(res, at, query, 201, false, (*resource).runCreate)
	}
	if res.edit != nil {
		found["PUT"] = e.writing(res, at, query, 200, false, (*resource).runEdit)
	}
	if res.remove != nil {
		found["DELETE"] = e.writing(res, at, query, 204, false, nil)
	}
	return found
}

func (e *engine) always(res *resource, err error) methods {
	refuse := func(*request) (answer, error) { return answer{}, err }
	found := e.itemMethods(res, place{}, "", res.atIndex)
	for method := range found {
		found[method] = refuse
	}
	return found
}

func (r *resource) runCreate(c cn, p place, v any) error  { return r.create(c, p, v) }
func (r *resource) runEdit(c cn, p place, v any) error    { return r.edit(c, p, v) }
func (r *resource) runReplace(c cn, p place, v any) error { return r.replace(c, p, v) }

// variant picks the resource with or without its children.
func (r *resource) variant(req *request) (*resource, error) {
	full, err := req.boolean("full_section")
	if err == nil && full && r.full != nil && !r.fullUnread {
		return r.full, nil
	}
	return r, err
}

// place completes where a request reads or writes.
func (r *request) place(at place, query string) (place, error) {
	if query != "" {
		if err := r.need(query); err != nil {
			return at, err
		}
		at.parent = r.query.Get(query)
	}
	at.tx = r.query.Get("transaction_id")
	at.filter = r.query.Get("acl_name")
	return at, nil
}

func (e *engine) reading(res *resource, at place, query string, read func(*resource, place) (any, error)) handler {
	return func(req *request) (answer, error) {
		r, err := res.variant(req)
		if err != nil {
			return answer{}, err
		}
		p, err := req.place(at, query)
		if err != nil {
			return answer{}, err
		}
		value, err := read(r, p)
		if err == nil && value == nil {
			value = json.RawMessage("null")
		}
		return answer{status: 200, body: value}, err
	}
}

// writing runs a POST, PUT or (write is nil) DELETE. In a transaction it
// answers 202; else it commits, and answers 202 with the reload's id, or done
// after a forced reload.
func (e *engine) writing(res *resource, at place, query string, done int, list bool, write func(*resource, cn, place, any) error) handler {
	return func(req *request) (answer, error) {
		r, err := res.variant(req)
		if err != nil {
			return answer{}, err
		}
		p, err := req.place(at, query)
		if err != nil {
			return answer{}, err
		}
		if p.version, err = req.integer("version"); err != nil {
			return answer{}, err
		}
		force, err := req.boolean("force_reload")
		if err != nil {
			return answer{}, err
		}
		var value any
		if write != nil {
			if list {
				value = r.items()
			} else {
				value = r.item()
			}
			if err := req.decode(value, list); err != nil {
				return answer{}, err
			}
		}
		if p.tx != "" && force {
			return answer{}, failure{400, "Both force_reload and transaction specified, specify only one"}
		}
		switch {
		case write == nil:
			err = r.remove(e.client, p)
		case list:
			err = r.replace(e.client, p, value)
		default:
			err = write(r, e.client, p, value)
		}
		if err != nil {
			return answer{}, err
		}
		a := answer{status: 202}
		if status, odd := r.inTx[req.Method]; odd {
			a.status = status
		}
		if p.tx == "" {
			if a, err = e.applied(force, done, 202); err != nil {
				return answer{}, err
			}
		}
		a.body = value
		return a, nil
	}
}

// traceEntries are the items of the traces section, which have no key.
func (e *engine) traceEntries() methods {
	entries := &resource{item: newTraceEntry, create: createTraceEntry, inTx: map[string]int{"POST": 201}}
	gone := &resource{item: newTraceEntry, create: deleteTraceEntry}
	add := e.writing(entries, place{}, "", 201, false, (*resource).runCreate)
	drop := e.writing(gone, place{}, "", 204, false, (*resource).runCreate)
	return methods{
		"POST": add,
		"DELETE": func(r *request) (answer, error) {
			a, err := drop(r)
			a.body = nil
			return a, err
		},
	}
}

func (e *engine) getRaw(r *request) (answer, error) {
	version, err := r.integer("version")
	if err != nil {
		return answer{}, err
	}
	return e.raw(200, r.query.Get("transaction_id"), version)
}

func (e *engine) raw(status int, tx string, version int64) (answer, error) {
	_, _, sum, text, err := e.client.GetRawConfigurationWithClusterData(tx, version)
	return answer{status: status, body: text, headers: map[string]string{"Configuration-Checksum": sum}}, err
}

func (e *engine) postRaw(r *request) (answer, error) {
	if len(r.body) == 0 {
		return answer{}, failure{400, "value is required but missing"}
	}
	if err := r.wantType("text/plain"); err != nil {
		return answer{}, err
	}
	version, err := r.integer("version")
	if err != nil {
		return answer{}, err
	}
	flags := map[string]bool{}
	for _, name := range []string{"skip_version", "only_validate", "skip_reload", "force_reload"} {
		if flags[name], err = r.boolean(name); err != nil {
			return answer{}, err
		}
	}
	text := string(r.body)
	if !strings.Contains(text, "\n") {
		return answer{}, failure{400, "invalid configuration: no newline character found"}
	}
	before := e.version(r.query.Get("transaction_id"))
	if err := e.client.PostRawConfiguration(&text, version, flags["skip_version"], flags["only_validate"]); err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case flags["only_validate"]:
		a = answer{status: 202}
	case flags["skip_reload"]:
		a = answer{status: 201}
	default:
		if a, err = e.applied(flags["force_reload"], 201, 202); err != nil {
			return answer{}, err
		}
	}
	stored, err := e.raw(a.status, "", 0)
	for name, value := range a.headers {
		stored.headers[name] = value
	}
	if r.query.Has("transaction_id") {
		stored.shown = &before
	}
	return stored, err
}

// testRoute serves the paths that no real server has.
func (e *engine) testRoute(name string) methods {
	switch name {
	case "reset":
		return methods{"POST": func(r *request) (answer, error) {
			if err := e.reset(string(r.body)); err != nil {
				return answer{}, err
			}
			return answer{status: 200, body: map[string]any{"version": e.version("")}}, nil
		}}
	case "full":
		return methods{"POST": func(r *request) (answer, error) {
			all, err := e.full(string(r.body))
			return answer{status: 200, body: all}, err
		}}
	case "text":
		return methods{"POST": func(r *request) (answer, error) {
			text, err := e.text(r.body)
			return answer{status: 200, body: text}, err
		}}
	case "rewrite":
		return methods{"POST": func(r *request) (answer, error) {
			text, err := e.rewrite(string(r.body))
			return answer{status: 200, body: text}, err
		}}
	}
	return nil
}

func (r *request) need(name string) error {
	if !r.query.Has(name) {
		return failure{400, fmt.Sprintf("Query argument %s is required, but not found", name)}
	}
	return nil
}

func (r *request) single(name string) (string, error) {
	if len(r.query[name]) > 1 {
		return "", failure{400, fmt.Sprintf("Invalid format for parameter %s: multiple values for single value parameter '%s'", name, name)}
	}
	return r.query.Get(name), nil
}

func bad(name string, err error) error {
	return failure{400, fmt.Sprintf("Invalid format for parameter %s: error binding string parameter: %s", name, err)}
}

func (r *request) integer(name string) (int64, error) {
	text, err := r.single(name)
	if err != nil || !r.query.Has(name) {
		return 0, err
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, bad(name, err)
	}
	return value, nil
}

func (r *request) boolean(name string) (bool, error) {
	text, err := r.single(name)
	if err != nil || !r.query.Has(name) {
		return false, err
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, bad(name, err)
	}
	return value, nil
}

func (r *request) wantType(want string) error {
	given := r.Header.Get("Content-Type")
	kind, _, _ := strings.Cut(given, ";")
	if strings.TrimSpace(kind) != want {
		return failure{415, fmt.Sprintf("header Content-Type has unexpected value %q", given)}
	}
	return nil
}

// decode reads the body into value and validates it: 400 for what is no JSON or
// of the wrong type inside, 422 for what the schema refuses.
func (r *request) decode(value any, list bool) error {
	if len(r.body) == 0 {
		return failure{400, "value is required but missing"}
	}
	if err := r.wantType("application/json"); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	var first json.RawMessage
	if err := decoder.Decode(&first); err != nil {
		return failure{400, "failed to decode request body: " + err.Error()}
	}
	if err := wantShape(first, list, ""); err != nil {
		return err
	}
	return fill(value, first)
}

func wantShape(text json.RawMessage, list bool, where string) error {
	start, want := byte('{'), "an object"
	if list {
		start, want = '[', "an array"
	}
	switch {
	case string(text) == "null":
		return failure{422, where + "Value is not nullable"}
	case text[0] != start:
		return failure{422, where + "value must be " + want}
	}
	if list {
		var items []json.RawMessage
		if err := json.Unmarshal(text, &items); err != nil {
			return failure{400, err.Error()}
		}
		for i, item := range items {
			if err := wantShape(item, false, fmt.Sprintf("Error at \"/%d\": ", i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill decodes JSON into a model and validates it.
func fill(value any, text []byte) error {
	if err := json.Unmarshal(text, value); err != nil {
		return failure{400, "unmarshalerDecoder: " + err.Error()}
	}
	if model, ok := value.(interface{ Validate(strfmt.Registry) error }); ok {
		if err := model.Validate(strfmt.Default); err != nil {
			return failure{422, strings.Join(flatten(err), "\n")}
		}
	}
	return nil
}

func flatten(err error) []string {
	var many *oaerrors.CompositeError
	if !errors.As(err, &many) {
		return []string{err.Error()}
	}
	var messages []string
	for _, one := range many.Errors {
		messages = append(messages, flatten(one)...)
	}
	return messages
}
