// The table of everything the structured API serves: which functions of
// client-native stand behind a path, and which children hang below a section.
//
// client-native has one set of functions per object, in five shapes (a section,
// a named or a listed child, either with a fixed kind of parent or with the kind
// as an argument). Each shape is turned into a resource once, by a generic
// function; the rest of the program knows nothing but resources.

package main

import (
	"fmt"
	"strconv"

	"github.com/haproxytech/client-native/v6/configuration"
	"github.com/haproxytech/client-native/v6/models"
)

type cn = configuration.Configuration

// place says which object of a resource a request means, and where it is
// written: in a transaction, or on a version in a transaction of its own.
type place struct {
	kind, parent string // the parent section; empty for sections
	key          string // name, or index as text
	index        int64
	tx           string
	version      int64
	filter       string // the only ACLs wanted, by name
}

// resource is one kind of object. A nil function means that the API has no such
// operation. Values are pointers to models, or slices of them.
type resource struct {
	item, items func() any // an empty value to decode a body into
	ordered     bool       // kept by index, not by name
	atIndex     bool       // POST goes to an index, not to the collection

	list    func(cn, place) (any, error)
	get     func(cn, place) (any, error)
	create  func(cn, place, any) error
	edit    func(cn, place, any) error
	remove  func(cn, place) error
	replace func(cn, place, any) error

	full *resource // the section together with its children
	// fullUnread: the API has the parameter full_section and does not look at
	// it (crt_stores, in every release); only the test paths use full.
	fullUnread bool

	inTx map[string]int // method to status in a transaction, where it is not 202
}

type sectionResource struct {
	resource
	path     string // below /configuration/
	single   bool   // there is one, without a name
	below    string // where the children's paths start, if not at path
	kind     string // what client-native calls it as a parent
	children map[string]*resource
	embedded map[string]child // children with a path of their own: the parent is a query parameter
}

type child struct {
	resource *resource
	query    string
}

func second[A, B any](_ A, value B, err error) (any, error) { return value, err }

// section adapts a top level object.
func section[T any, L ~[]*T](
	list func(cn, string) (int64, L, error),
	get func(cn, string, string) (int64, *T, error),
	create func(cn, *T, string, int64) error,
	edit func(cn, string, *T, string, int64) error,
	remove func(cn, string, string, int64) error,
) resource {
	r := resource{
		item: func() any { return new(T) },
		list: func(c cn, p place) (any, error) { return second(list(c, p.tx)) },
		get:  func(c cn, p place) (any, error) { return second(get(c, p.key, p.tx)) },
		create: func(c cn, p place, v any) error {
			return create(c, v.(*T), p.tx, p.version)
		},
	}
	if edit != nil {
		r.edit = func(c cn, p place, v any) error { return edit(c, p.key, v.(*T), p.tx, p.version) }
	}
	if remove != nil {
		r.remove = func(c cn, p place) error { return remove(c, p.key, p.tx, p.version) }
	}
	return r
}

// withFull adds the variant that reads and writes the children as well.
func withFull[T any, L ~[]*T](
	r resource,
	list func(cn, string) (int64, L, error),
	get func(cn, string, string) (int64, *T, error),
	create func(cn, *T, string, int64) error,
	edit func(cn, string, *T, string, int64) error,
) resource {
	full := section(list, get, create, edit, nil)
	full.remove = r.remove
	r.full = &full
	return r
}

// typed adapts a child that several kinds of sections have; K is its key.
func typed[K string | int64, T any, L ~[]*T](
	list func(cn, string, string, string) (int64, L, error),
	get func(cn, K, string, string, string) (int64, *T, error),
	create func(cn, string, string, *T, string, int64) error,
	edit func(cn, K, string, string, *T, string, int64) error,
	remove func(cn, K, string, string, string, int64) error,
) *resource {
	_, ordered := any(*new(K)).(int64)
	return &resource{
		item:    func() any { return new(T) },
		ordered: ordered,
		list:    func(c cn, p place) (any, error) { return second(list(c, p.kind, p.parent, p.tx)) },
		get:     func(c cn, p place) (any, error) { return second(get(c, key[K](p), p.kind, p.parent, p.tx)) },
		create: func(c cn, p place, v any) error {
			return create(c, p.kind, p.parent, v.(*T), p.tx, p.version)
		},
		edit: func(c cn, p place, v any) error {
			return edit(c, key[K](p), p.kind, p.parent, v.(*T), p.tx, p.version)
		},
		remove: func(c cn, p place) error {
			return remove(c, key[K](p), p.kind, p.parent, p.tx, p.version)
		},
	}
}

func key[K string | int64](p place) K {
	var k K
	switch k := any(&k).(type) {
	case *string:
		*k = p.key
	case *int64:
		*k = p.index
	}
	return k
}

// named adapts a child of one kind of section.
func named[T any, L ~[]*T](
	list func(cn, string, string) (int64, L, error),
	get func(cn, string, string, string) (int64, *T, error),
	create func(cn, string, *T, string, int64) error,
	edit func(cn, string, string, *T, string, int64) error,
	remove func(cn, string, string, string, int64) error,
) *resource {
	return typed(
		func(c cn, _, parent, tx string) (int64, L, error) { return list(c, parent, tx) },
		func(c cn, key, _, parent, tx string) (int64, *T, error) { return get(c, key, parent, tx) },
		func(c cn, _, parent string, v *T, tx string, version int64) error {
			return create(c, parent, v, tx, version)
		},
		func(c cn, key, _, parent string, v *T, tx string, version int64) error {
			return edit(c, key, parent, v, tx, version)
		},
		func(c cn, key, _, parent, tx string, version int64) error {
			return remove(c, key, parent, tx, version)
		},
	)
}

// rules adapts an ordered list that several kinds of sections have.
func rules[T any, L ~[]*T](
	list func(cn, string, string, string) (int64, L, error),
	get func(cn, int64, string, string, string) (int64, *T, error),
	create func(cn, int64, string, string, *T, string, int64) error,
	edit func(cn, int64, string, string, *T, string, int64) error,
	remove func(cn, int64, string, string, string, int64) error,
	replace func(cn, string, string, L, string, int64) error,
) *resource {
	r := typed(list, get, nil, edit, remove)
	r.atIndex = true
	r.items = func() any { return new(L) }
	r.create = func(c cn, p place, v any) error {
		return create(c, p.index, p.kind, p.parent, v.(*T), p.tx, p.version)
	}
	r.replace = func(c cn, p place, v any) error {
		return replace(c, p.kind, p.parent, *v.(*L), p.tx, p.version)
	}
	return r
}

// rulesOf adapts an ordered list of one kind of section.
func rulesOf[T any, L ~[]*T](
	list func(cn, string, string) (int64, L, error),
	get func(cn, int64, string, string) (int64, *T, error),
	create func(cn, int64, string, *T, string, int64) error,
	edit func(cn, int64, string, *T, string, int64) error,
	remove func(cn, int64, string, string, int64) error,
	replace func(cn, string, L, string, int64) error,
) *resource {
	return rules(
		func(c cn, _, parent, tx string) (int64, L, error) { return list(c, parent, tx) },
		func(c cn, i int64, _, parent, tx string) (int64, *T, error) { return get(c, i, parent, tx) },
		func(c cn, i int64, _, parent string, v *T, tx string, version int64) error {
			return create(c, i, parent, v, tx, version)
		},
		func(c cn, i int64, _, parent string, v *T, tx string, version int64) error {
			return edit(c, i, parent, v, tx, version)
		},
		func(c cn, i int64, _, parent, tx string, version int64) error {
			return remove(c, i, parent, tx, version)
		},
		func(c cn, _, parent string, v L, tx string, version int64) error {
			return replace(c, parent, v, tx, version)
		},
	)
}

// guarded looks at the parent first, for the few objects where the server does.
func guarded(r *resource, check func(c cn, p place, operation string) error) *resource {
	reading := func(operation string, read func(cn, place) (any, error)) func(cn, place) (any, error) {
		return func(c cn, p place) (any, error) {
			if err := check(c, p, operation); err != nil {
				return nil, err
			}
			return read(c, p)
		}
	}
	writing := func(operation string, write func(cn, place, any) error) func(cn, place, any) error {
		return func(c cn, p place, v any) error {
			if err := check(c, p, operation); err != nil {
				return err
			}
			return write(c, p, v)
		}
	}
	remove := r.remove
	r.list, r.get = reading("list", r.list), reading("get", r.get)
	r.create, r.edit = writing("create", r.create), writing("edit", r.edit)
	r.remove = func(c cn, p place) error {
		if err := check(c, p, "remove"); err != nil {
			return err
		}
		return remove(c, p)
	}
	return r
}

func frontendFirst(c cn, p place, operation string) error {
	if !c.HasParser(p.tx) && p.tx != "" || operation == "remove" {
		return nil
	}
	if _, _, err := c.GetFrontend(p.parent, p.tx); err != nil {
		return failure{404, "not found"}
	}
	return nil
}

func userlistFirst(c cn, p place, operation string) error {
	if !c.HasParser(p.tx) && p.tx != "" {
		return nil
	}
	if _, _, err := c.GetUserList(p.parent, p.tx); err == nil {
		return nil
	}
	if operation == "create" {
		return failure{400, "userlist not found"}
	}
	return failure{404, fmt.Sprintf("userlist %s not found", p.parent)}
}

// Children that more than one kind of section has.
var (
	acls        = filteredACLs()
	binds       = typed(cn.GetBinds, cn.GetBind, cn.CreateBind, cn.EditBind, cn.DeleteBind)
	servers     = typed(cn.GetServers, cn.GetServer, cn.CreateServer, cn.EditServer, cn.DeleteServer)
	filters     = rules(cn.GetFilters, cn.GetFilter, cn.CreateFilter, cn.EditFilter, cn.DeleteFilter, cn.ReplaceFilters)
	logTargets  = rules(cn.GetLogTargets, cn.GetLogTarget, cn.CreateLogTarget, cn.EditLogTarget, cn.DeleteLogTarget, cn.ReplaceLogTargets)
	httpChecks  = rules(cn.GetHTTPChecks, cn.GetHTTPCheck, cn.CreateHTTPCheck, cn.EditHTTPCheck, cn.DeleteHTTPCheck, cn.ReplaceHTTPChecks)
	tcpChecks   = rules(cn.GetTCPChecks, cn.GetTCPCheck, cn.CreateTCPCheck, cn.EditTCPCheck, cn.DeleteTCPCheck, cn.ReplaceTCPChecks)
	tcpRequest  = rules(cn.GetTCPRequestRules, cn.GetTCPRequestRule, cn.CreateTCPRequestRule, cn.EditTCPRequestRule, cn.DeleteTCPRequestRule, cn.ReplaceTCPRequestRules)
	tcpResponse = rules(cn.GetTCPResponseRules, cn.GetTCPResponseRule, cn.CreateTCPResponseRule, cn.EditTCPResponseRule, cn.DeleteTCPResponseRule, cn.ReplaceTCPResponseRules)
	httpRequest = rules(cn.GetHTTPRequestRules, cn.GetHTTPRequestRule, cn.CreateHTTPRequestRule, cn.EditHTTPRequestRule, cn.DeleteHTTPRequestRule, cn.ReplaceHTTPRequestRules)
	httpResp    = rules(cn.GetHTTPResponseRules, cn.GetHTTPResponseRule, cn.CreateHTTPResponseRule, cn.EditHTTPResponseRule, cn.DeleteHTTPResponseRule, cn.ReplaceHTTPResponseRules)
	httpAfter   = rules(cn.GetHTTPAfterResponseRules, cn.GetHTTPAfterResponseRule, cn.CreateHTTPAfterResponseRule, cn.EditHTTPAfterResponseRule, cn.DeleteHTTPAfterResponseRule, cn.ReplaceHTTPAfterResponseRules)
	httpErrors  = rules(cn.GetHTTPErrorRules, cn.GetHTTPErrorRule, cn.CreateHTTPErrorRule, cn.EditHTTPErrorRule, cn.DeleteHTTPErrorRule, cn.ReplaceHTTPErrorRules)
	quicInitial = rules(cn.GetQUICInitialRules, cn.GetQUICInitialRule, cn.CreateQUICInitialRule, cn.EditQUICInitialRule, cn.DeleteQUICInitialRule, cn.ReplaceQUICInitialRules)
	crtLoads    = named(cn.GetCrtLoads, cn.GetCrtLoad, cn.CreateCrtLoad, cn.EditCrtLoad, cn.DeleteCrtLoad)
)

func filteredACLs() *resource {
	list := func(c cn, kind, parent, tx string) (int64, models.Acls, error) { return c.GetACLs(kind, parent, tx) }
	r := rules(list, cn.GetACL, cn.CreateACL, cn.EditACL, cn.DeleteACL, cn.ReplaceAcls)
	all := r.list
	r.list = func(c cn, p place) (any, error) {
		if p.filter == "" {
			return all(c, p)
		}
		return second(c.GetACLs(p.kind, p.parent, p.tx, p.filter))
	}
	return r
}

// sections in the order in which a new configuration is built from them:
// what others refer to comes first.
var sections = []*sectionResource{
	{
		path: "global", kind: configuration.GlobalParentName, single: true,
		resource: resource{
			item: func() any { return new(models.Global) },
			get:  func(c cn, p place) (any, error) { return second(c.GetGlobalConfiguration(p.tx)) },
			edit: func(c cn, p place, v any) error {
				return c.PushGlobalConfiguration(v.(*models.Global), p.tx, p.version)
			},
			full: &resource{
				item: func() any { return new(models.Global) },
				get:  func(c cn, p place) (any, error) { return second(c.GetStructuredGlobalConfiguration(p.tx)) },
				edit: func(c cn, p place, v any) error {
					return c.PushStructuredGlobalConfiguration(v.(*models.Global), p.tx, p.version)
				},
			},
		},
		children: map[string]*resource{"log_targets": logTargets},
	},
	{
		path: "defaults", kind: configuration.DefaultsParentName,
		resource: withFull(
			section(cn.GetDefaultsSections, cn.GetDefaultsSection, cn.CreateDefaultsSection, cn.EditDefaultsSection, cn.DeleteDefaultsSection),
			cn.GetStructuredDefaultsSections, cn.GetStructuredDefaultsSection, cn.CreateStructuredDefaultsSection, cn.EditStructuredDefaultsSection),
		children: map[string]*resource{
			"acls": acls, "http_after_response_rules": httpAfter, "http_checks": httpChecks,
			"http_error_rules": httpErrors, "http_request_rules": httpRequest, "http_response_rules": httpResp,
			"log_targets": logTargets, "quic_initial_rules": quicInitial, "tcp_checks": tcpChecks,
			"tcp_request_rules": tcpRequest, "tcp_response_rules": tcpResponse,
		},
	},
	{
		path:     "userlists",
		resource: withFull(section(cn.GetUserLists, cn.GetUserList, cn.CreateUserList, nil, cn.DeleteUserList), cn.GetStructuredUserLists, cn.GetStructuredUserList, cn.CreateStructuredUserList, nil),
		embedded: map[string]child{
			"users":  {guarded(named(cn.GetUsers, cn.GetUser, cn.CreateUser, cn.EditUser, cn.DeleteUser), userlistFirst), "userlist"},
			"groups": {guarded(named(cn.GetGroups, cn.GetGroup, cn.CreateGroup, cn.EditGroup, cn.DeleteGroup), userlistFirst), "userlist"},
		},
	},
	{
		path: "peer_section", below: "peers", kind: configuration.PeersParentName,
		resource: withFull(section(cn.GetPeerSections, cn.GetPeerSection, cn.CreatePeerSection, nil, cn.DeletePeerSection), cn.GetStructuredPeerSections, cn.GetStructuredPeerSection, cn.CreateStructuredPeerSection, nil),
		children: map[string]*resource{
			"binds": binds, "log_targets": logTargets, "servers": servers,
			"tables": named(cn.GetTables, cn.GetTable, cn.CreateTable, cn.EditTable, cn.DeleteTable),
		},
		embedded: map[string]child{
			"peer_entries": {named(cn.GetPeerEntries, cn.GetPeerEntry, cn.CreatePeerEntry, cn.EditPeerEntry, cn.DeletePeerEntry), "peer_section"},
		},
	},
	{
		path:     "mailers_section",
		resource: withFull(section(cn.GetMailersSections, cn.GetMailersSection, cn.CreateMailersSection, cn.EditMailersSection, cn.DeleteMailersSection), cn.GetStructuredMailersSections, cn.GetStructuredMailersSection, cn.CreateStructuredMailersSection, cn.EditStructuredMailersSection),
		embedded: map[string]child{
			"mailer_entries": {named(cn.GetMailerEntries, cn.GetMailerEntry, cn.CreateMailerEntry, cn.EditMailerEntry, cn.DeleteMailerEntry), "mailers_section"},
		},
	},
	{
		path:     "resolvers",
		resource: withFull(section(cn.GetResolvers, cn.GetResolver, cn.CreateResolver, cn.EditResolver, cn.DeleteResolver), cn.GetStructuredResolvers, cn.GetStructuredResolver, cn.CreateStructuredResolver, cn.EditStructuredResolver),
		embedded: map[string]child{
			"nameservers": {named(cn.GetNameservers, cn.GetNameserver, cn.CreateNameserver, cn.EditNameserver, cn.DeleteNameserver), "resolver"},
		},
	},
	{path: "caches", resource: section(cn.GetCaches, cn.GetCache, cn.CreateCache, cn.EditCache, cn.DeleteCache)},
	{
		path: "rings", kind: configuration.RingParentName,
		resource: withFull(section(cn.GetRings, cn.GetRing, cn.CreateRing, cn.EditRing, cn.DeleteRing), cn.GetStructuredRings, cn.GetStructuredRing, cn.CreateStructuredRing, cn.EditStructuredRing),
		children: map[string]*resource{"servers": servers},
	},
	{
		path: "traces", single: true,
		resource: resource{
			inTx:   map[string]int{"PUT": 200},
			item:   func() any { return new(models.Traces) },
			get:    func(c cn, p place) (any, error) { return second(c.GetTraces(p.tx)) },
			create: func(c cn, p place, v any) error { return c.CreateTraces(v.(*models.Traces), p.tx, p.version) },
			edit:   func(c cn, p place, v any) error { return c.EditTraces(v.(*models.Traces), p.tx, p.version) },
			remove: func(c cn, p place) error { return c.DeleteTraces(p.tx, p.version) },
			full: &resource{
				inTx: map[string]int{"PUT": 200},
				item: func() any { return new(models.Traces) },
				get:  func(c cn, p place) (any, error) { return second(c.GetStructuredTraces(p.tx)) },
				edit: func(c cn, p place, v any) error {
					return c.PushStructuredTraces(v.(*models.Traces), p.tx, p.version)
				},
			},
		},
	},
	{
		path: "log_forwards", kind: configuration.LogForwardParentName,
		resource: withFull(section(cn.GetLogForwards, cn.GetLogForward, cn.CreateLogForward, cn.EditLogForward, cn.DeleteLogForward), cn.GetStructuredLogForwards, cn.GetStructuredLogForward, cn.CreateStructuredLogForward, cn.EditStructuredLogForward),
		children: map[string]*resource{
			"binds": binds, "log_targets": logTargets,
			"dgram_binds": named(cn.GetDgramBinds, cn.GetDgramBind, cn.CreateDgramBind, cn.EditDgramBind, cn.DeleteDgramBind),
		},
	},
	{
		path:     "log_profiles",
		resource: withFull(section(cn.GetLogProfiles, cn.GetLogProfile, cn.CreateLogProfile, cn.EditLogProfile, cn.DeleteLogProfile), cn.GetStructuredLogProfiles, cn.GetStructuredLogProfile, cn.CreateStructuredLogProfile, cn.EditStructuredLogProfile),
	},
	{path: "http_errors_sections", resource: section(cn.GetHTTPErrorsSections, cn.GetHTTPErrorsSection, cn.CreateHTTPErrorsSection, cn.EditHTTPErrorsSection, cn.DeleteHTTPErrorsSection)},
	{
		path:     "acme",
		resource: withFull(section(cn.GetAcmeProviders, cn.GetAcmeProvider, cn.CreateAcmeProvider, cn.EditAcmeProvider, cn.DeleteAcmeProvider), cn.GetStructuredAcmeProviders, cn.GetStructuredAcmeProvider, cn.CreateStructuredAcmeProvider, cn.EditStructuredAcmeProvider),
	},
	{
		path:     "crt_stores",
		resource: crtStores(),
		children: map[string]*resource{"crt_loads": crtLoads},
		embedded: map[string]child{"crt_loads": {crtLoads, "crt_store"}},
	},
	{
		path: "frontends", kind: configuration.FrontendParentName,
		resource: withFull(section(cn.GetFrontends, cn.GetFrontend, cn.CreateFrontend, cn.EditFrontend, cn.DeleteFrontend), cn.GetStructuredFrontends, cn.GetStructuredFrontend, cn.CreateStructuredFrontend, cn.EditStructuredFrontend),
		children: map[string]*resource{
			"acls": acls, "binds": binds, "filters": filters, "http_after_response_rules": httpAfter,
			"http_error_rules": httpErrors, "http_request_rules": httpRequest, "http_response_rules": httpResp,
			"log_targets": logTargets, "quic_initial_rules": quicInitial, "tcp_request_rules": tcpRequest,
			"backend_switching_rules": rulesOf(cn.GetBackendSwitchingRules, cn.GetBackendSwitchingRule, cn.CreateBackendSwitchingRule, cn.EditBackendSwitchingRule, cn.DeleteBackendSwitchingRule, cn.ReplaceBackendSwitchingRules),
			"captures":                guarded(rulesOf(cn.GetDeclareCaptures, cn.GetDeclareCapture, cn.CreateDeclareCapture, cn.EditDeclareCapture, cn.DeleteDeclareCapture, cn.ReplaceDeclareCaptures), frontendFirst),
			"ssl_front_uses":          typed(cn.GetSSLFrontUses, cn.GetSSLFrontUse, cn.CreateSSLFrontUse, cn.EditSSLFrontUse, cn.DeleteSSLFrontUse),
		},
	},
	{
		path: "backends", kind: configuration.BackendParentName,
		resource: withFull(section(cn.GetBackends, cn.GetBackend, cn.CreateBackend, cn.EditBackend, cn.DeleteBackend), cn.GetStructuredBackends, cn.GetStructuredBackend, cn.CreateStructuredBackend, cn.EditStructuredBackend),
		children: map[string]*resource{
			"acls": acls, "filters": filters, "http_after_response_rules": httpAfter, "http_checks": httpChecks,
			"http_error_rules": httpErrors, "http_request_rules": httpRequest, "http_response_rules": httpResp,
			"log_targets": logTargets, "servers": servers, "tcp_checks": tcpChecks,
			"tcp_request_rules": tcpRequest, "tcp_response_rules": tcpResponse,
			"server_switching_rules": rulesOf(cn.GetServerSwitchingRules, cn.GetServerSwitchingRule, cn.CreateServerSwitchingRule, cn.EditServerSwitchingRule, cn.DeleteServerSwitchingRule, cn.ReplaceServerSwitchingRules),
			"server_templates":       named(cn.GetServerTemplates, cn.GetServerTemplate, cn.CreateServerTemplate, cn.EditServerTemplate, cn.DeleteServerTemplate),
			"stick_rules":            rulesOf(cn.GetStickRules, cn.GetStickRule, cn.CreateStickRule, cn.EditStickRule, cn.DeleteStickRule, cn.ReplaceStickRules),
		},
	},
	{path: "programs", resource: section(cn.GetPrograms, cn.GetProgram, cn.CreateProgram, cn.EditProgram, cn.DeleteProgram)},
	{
		path: "fcgi_apps", kind: configuration.FCGIAppParentName,
		resource: withFull(section(cn.GetFCGIApplications, cn.GetFCGIApplication, cn.CreateFCGIApplication, cn.EditFCGIApplication, cn.DeleteFCGIApplication), cn.GetStructuredFCGIApplications, cn.GetStructuredFCGIApplication, cn.CreateStructuredFCGIApplication, cn.EditStructuredFCGIApplication),
		children: map[string]*resource{"acls": acls},
	},
}

// crtStore is a crt-store as the newest API of the 3.2 line shows it:
// client-native 6.2.5 keeps the certificates in a list "loads", the API in an
// object "crt_loads", which a write of the section ignores.
type crtStore struct {
	models.CrtStore
	Loads    *struct{}                  `json:"loads,omitempty"`
	CrtLoads map[string]*models.CrtLoad `json:"crt_loads,omitempty"`
}

// showCrtStore hides the loads; full shows them as an object.
func showCrtStore(store *models.CrtStore, full bool) *crtStore {
	shown := &crtStore{CrtStore: *store}
	if full && len(store.Loads) > 0 {
		shown.CrtLoads = map[string]*models.CrtLoad{}
		for _, load := range store.Loads {
			shown.CrtLoads[load.Certificate] = load
		}
	}
	return shown
}

func crtStores() resource {
	r := section(
		func(c cn, tx string) (int64, []*crtStore, error) {
			version, stores, err := c.GetCrtStores(tx)
			shown := make([]*crtStore, len(stores))
			for i, store := range stores {
				shown[i] = showCrtStore(store, false)
			}
			return version, shown, err
		},
		func(c cn, name, tx string) (int64, *crtStore, error) {
			version, store, err := c.GetCrtStore(name, tx)
			if err != nil {
				return version, nil, err
			}
			return version, showCrtStore(store, false), nil
		},
		func(c cn, store *crtStore, tx string, version int64) error {
			return c.CreateCrtStore(&store.CrtStore, tx, version)
		},
		func(c cn, name string, store *crtStore, tx string, version int64) error {
			return c.EditCrtStore(name, &store.CrtStore, tx, version)
		},
		cn.DeleteCrtStore)
	full := r
	full.create = func(c cn, p place, v any) error {
		store := *v.(*crtStore)
		for _, name := range sortedKeys(store.CrtLoads) {
			store.CrtStore.Loads = append(store.CrtStore.Loads, store.CrtLoads[name])
		}
		return c.CreateCrtStore(&store.CrtStore, p.tx, p.version)
	}
	full.edit = func(c cn, p place, v any) error {
		return inTransaction(c, p, func(p place) error {
			if err := c.DeleteCrtStore(p.key, p.tx, 0); err != nil {
				return err
			}
			return full.create(c, p, v)
		})
	}
	r.full, r.fullUnread = &full, true
	return r
}

// inTransaction gives several operations one transaction, as a single one has
// of its own outside a transaction.
func inTransaction(c cn, p place, run func(place) error) error {
	if p.tx != "" || p.version == 0 {
		return run(p)
	}
	tx, err := c.StartTransaction(p.version)
	if err != nil {
		return err
	}
	p.tx, p.version = tx.ID, 0
	if err := run(p); err != nil {
		_ = c.DeleteTransaction(p.tx)
		return err
	}
	_, err = c.CommitTransaction(p.tx)
	return err
}

func (r *resource) locate(p place, segment string) (place, error) {
	p.key = segment
	if !r.ordered {
		return p, nil
	}
	index, err := strconv.ParseInt(segment, 10, 64)
	p.index = index
	return p, err
}
