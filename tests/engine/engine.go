// The state behind the API: the client of client-native on one haproxy.cfg,
// set up as the Data Plane API sets it up, and the reloads.

package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	parser "github.com/haproxytech/client-native/v6/config-parser"
	"github.com/haproxytech/client-native/v6/config-parser/types"
	"github.com/haproxytech/client-native/v6/configuration"
	"github.com/haproxytech/client-native/v6/configuration/options"
	"github.com/haproxytech/client-native/v6/models"
)

const (
	disclaimer1 = "Dataplaneapi managed File"
	disclaimer2 = "changing file directly can cause a conflict if dataplaneapi is running"
)

// standIn takes the place of the haproxy binary where none is given: the library
// asks it for its version at start, and to check a text that is only validated.
const standIn = `#!/bin/sh
if [ "$1" = -v ]; then echo "HAProxy version 3.2.0-0 (none: test engine)"; fi
`

type settings struct {
	config, haproxy, user, password, api, reloadCommand string
	maxOpen, backups                                    int
}

type engine struct {
	settings
	mu       sync.Mutex // one request at a time: client-native's parsers are not locked
	temp     string     // folder for transactions and scratch files, beside the configuration
	client   cn
	scratch  cn
	seen     os.FileInfo // the configuration file as this program left it
	lastGood []byte      // the text of the last successful reload
	reloads  []reload
}

type reload struct {
	ID        string `json:"id"`
	Response  string `json:"response,omitempty"`
	Status    string `json:"status"`
	Timestamp int64  `json:"reload_timestamp,omitempty"`
}

func newEngine(s settings) (*engine, error) {
	temp, err := os.MkdirTemp(filepath.Dir(s.config), ".engine-")
	if err != nil {
		return nil, err
	}
	e := &engine{settings: s, temp: temp}
	err = os.WriteFile(filepath.Join(temp, "haproxy"), []byte(standIn), 0o755)
	if err == nil {
		err = e.load()
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *engine) close() { _ = os.RemoveAll(e.temp) }

// load (re)builds the client on the configuration file, without transactions.
func (e *engine) load() error {
	transactions := filepath.Join(e.temp, "transactions")
	if err := os.RemoveAll(transactions); err != nil {
		return err
	}
	if err := os.MkdirAll(transactions, 0o755); err != nil {
		return err
	}
	set := []options.ConfigurationOption{
		options.ConfigurationFile(e.config),
		options.HAProxyBin(filepath.Join(e.temp, "haproxy")),
		options.UsePersistentTransactions,
		options.TransactionsDir(transactions),
		options.Backups(e.backups),
		options.BackupsDir(filepath.Dir(e.config)),
		options.MasterWorker,
		options.UseMd5Hash,
		options.PreferredTimeSuffix("nearest"),
	}
	if e.haproxy != "" {
		set = append(set, options.HAProxyBin(e.haproxy))
	} else {
		set = append(set, options.SkipConfigurationFileValidation)
	}
	client, err := configuration.New(context.Background(), set...)
	if err != nil {
		return err
	}
	e.client, e.reloads = client, nil
	if err := e.insertDisclaimer(); err != nil {
		return err
	}
	if e.lastGood, err = os.ReadFile(e.config); err != nil {
		return err
	}
	e.remember()
	return nil
}

// insertDisclaimer adds the two comments at the top, in memory: they reach the
// file with the next commit.
func (e *engine) insertDisclaimer() error {
	p := e.client.Parser()
	if data, err := p.Get(parser.Comments, parser.CommentsSectionName, "#", false); err == nil {
		if comments, ok := data.([]types.Comments); ok && len(comments) > 0 && comments[0].Value == disclaimer1 {
			return nil
		}
	}
	for i, text := range []string{disclaimer1, disclaimer2} {
		if err := p.Insert(parser.Comments, parser.CommentsSectionName, "#", types.Comments{Value: text}, i); err != nil {
			return err
		}
	}
	return nil
}

// reset starts from scratch on another text.
func (e *engine) reset(text string) error {
	if err := replaceFile(e.config, []byte(text)); err != nil {
		return err
	}
	return e.load()
}

func (e *engine) remember() { e.seen, _ = os.Stat(e.config) }

// noticeEdit does what the server's file watcher does: a file that changed and
// whose md5 line does not fit is loaded, and the version raised by one.
func (e *engine) noticeEdit() error {
	now, err := os.Stat(e.config)
	if err != nil || (e.seen != nil && os.SameFile(now, e.seen) && now.ModTime().Equal(e.seen.ModTime()) && now.Size() == e.seen.Size()) {
		return nil
	}
	defer e.remember()
	data, err := os.ReadFile(e.config)
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(string(data), "\n")
	sum := md5.Sum([]byte(rest))
	if first == "# _md5hash="+hex.EncodeToString(sum[:]) {
		return nil
	}
	if err := e.client.LoadData(e.config); err != nil {
		return err
	}
	if err := e.insertDisclaimer(); err != nil {
		return err
	}
	return e.client.IncrementVersion()
}

// version is what the header Configuration-Version says.
func (e *engine) version(tx string) int64 {
	version, err := e.client.GetVersion(tx)
	if err != nil {
		return 0
	}
	return version
}

// commit commits a transaction and outdates the others, as the server does.
func (e *engine) commit(id string) (*models.Transaction, error) {
	tx, err := e.client.GetTransaction(id)
	if err != nil {
		return nil, err
	}
	if tx.Status != models.TransactionStatusInProgress {
		return nil, failure{406, fmt.Sprintf("transaction %s is %s and cannot be committed", id, tx.Status)}
	}
	done, err := e.client.CommitTransaction(id)
	if err != nil {
		return nil, err
	}
	open, err := e.client.GetTransactions(models.TransactionStatusInProgress)
	if err != nil {
		return nil, err
	}
	for _, other := range *open {
		if other.Version <= done.Version {
			_ = e.client.MarkTransactionOutdated(other.ID)
		}
	}
	return done, nil
}

// open starts a transaction, up to the limit.
func (e *engine) open(version int64) (*models.Transaction, error) {
	open, err := e.client.GetTransactions(models.TransactionStatusInProgress)
	if err != nil {
		return nil, err
	}
	if len(*open) >= e.maxOpen {
		return nil, failure{429, fmt.Sprintf("cannot start a new transaction, reached the maximum amount of %d active transactions available", e.maxOpen)}
	}
	return e.client.StartTransaction(version)
}

// runReload reloads at once; a failed one puts the last good text back on disk,
// and only there.
func (e *engine) runReload() (reload, error) {
	r := reload{Status: models.ReloadStatusSucceeded, Timestamp: time.Now().Unix()}
	var failed error
	if words := strings.Fields(e.reloadCommand); len(words) > 0 {
		output, err := exec.Command(words[0], words[1:]...).CombinedOutput()
		r.Response = strings.TrimSpace(string(output))
		failed = err
	}
	if failed != nil {
		r.Status = models.ReloadStatusFailed
		if err := replaceFile(e.config, e.lastGood); err != nil {
			return r, err
		}
		return r, failure{400, fmt.Sprintf("Reload failed: failed to reload configuration, %s: %s", failed, r.Response)}
	}
	var err error
	e.lastGood, err = os.ReadFile(e.config)
	return r, err
}

// schedule reloads and gives the id to ask with; here no reload ever waits.
func (e *engine) schedule() string {
	r, _ := e.runReload()
	r.ID = fmt.Sprintf("%s-%d", time.Now().Format("2006-01-02"), len(e.reloads))
	e.reloads = append(e.reloads, r)
	return r.ID
}

// listReloads gives what the server keeps: the failed ones and the last success.
func (e *engine) listReloads() []reload {
	kept := []reload{}
	for i, r := range e.reloads {
		last := true
		for _, later := range e.reloads[i+1:] {
			last = last && later.Status != models.ReloadStatusSucceeded
		}
		if r.Status == models.ReloadStatusFailed || last {
			kept = append(kept, r)
		}
	}
	return kept
}

// findReload also answers for reloads that are only inferred to have succeeded:
// those of earlier days, and those before the last success.
func (e *engine) findReload(id string) (reload, error) {
	for _, r := range e.reloads {
		if r.ID == id {
			return r, nil
		}
	}
	day, number, ok := splitReload(id)
	if !ok {
		return reload{}, failure{400, `id in path: string doesn't match the regular expression "^\d{4}-\d{2}-\d{2}-\d+$"`}
	}
	today := time.Now().Format("2006-01-02")
	if day < today || (day == today && number < len(e.reloads)) {
		return reload{ID: id, Status: models.ReloadStatusSucceeded}, nil
	}
	return reload{}, failure{404, fmt.Sprintf("Reload with ID %s does not exist", id)}
}

func splitReload(id string) (day string, number int, ok bool) {
	at := strings.LastIndexByte(id, '-')
	if at < 0 {
		return "", 0, false
	}
	number, err := strconv.Atoi(id[at+1:])
	if err != nil {
		return "", 0, false
	}
	_, err = time.Parse("2006-01-02", id[:at])
	return id[:at], number, err == nil
}

func replaceFile(path string, data []byte) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// failure is an error with its HTTP status.
type failure struct {
	status  int
	message string
}

func (f failure) Error() string { return f.message }

// statusOf maps the errors of client-native as the server does.
func statusOf(err error) int {
	var f failure
	if errors.As(err, &f) {
		return f.status
	}
	for _, known := range []struct {
		err    error
		status int
	}{
		{configuration.ErrObjectDoesNotExist, 404},
		{configuration.ErrObjectAlreadyExists, 409},
		{configuration.ErrVersionMismatch, 409},
		{configuration.ErrTransactionAlreadyExists, 409},
		{configuration.ErrObjectIndexOutOfRange, 400},
		{configuration.ErrValidationError, 400},
		{configuration.ErrBothVersionTransaction, 400},
		{configuration.ErrNoVersionTransaction, 400},
		{configuration.ErrNoParentSpecified, 400},
		{configuration.ErrParentDoesNotExist, 400},
		{configuration.ErrTransactionDoesNotExist, 400},
		{configuration.ErrGeneralError, 400},
	} {
		if errors.Is(err, known.err) {
			return known.status
		}
	}
	return 500
}
