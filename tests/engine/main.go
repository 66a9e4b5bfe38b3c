// Engine serves the paths of the Data Plane API v3 that hsync uses, over one
// haproxy.cfg, with the configuration library of the real server. It exists for
// tests: it listens on loopback only and handles one request at a time.

package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("engine: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	var s settings
	listen := flag.String("listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 chooses one")
	flag.StringVar(&s.config, "config", "", "haproxy configuration `file` to serve (created when missing)")
	flag.StringVar(&s.haproxy, "haproxy", "", "haproxy `binary` that checks every commit; without it nothing is checked")
	flag.StringVar(&s.user, "user", "admin", "`name` for basic authentication")
	flag.StringVar(&s.password, "password", "adminpwd", "`password`; the environment variable ENGINE_PASSWORD comes first")
	flag.StringVar(&s.api, "api", "3.2", "API `line` to report in the specification")
	flag.StringVar(&s.reloadCommand, "reload-cmd", "", "`command` to run as reload; without it every reload succeeds")
	flag.IntVar(&s.maxOpen, "max-open-transactions", 20, "`number` of transactions that may be open")
	flag.IntVar(&s.backups, "backups", 0, "`number` of old configurations to keep")
	flag.Parse()
	if flag.NArg() > 0 || s.config == "" {
		flag.Usage()
		os.Exit(2)
	}
	if password := os.Getenv("ENGINE_PASSWORD"); password != "" {
		s.password = password
	}
	var err error
	if s.config, err = filepath.Abs(s.config); err != nil {
		return err
	}
	file, err := os.OpenFile(s.config, os.O_RDONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_ = file.Close()

	address, err := net.ResolveTCPAddr("tcp", *listen)
	if err != nil {
		return err
	}
	if !address.IP.IsLoopback() {
		return fmt.Errorf("%s is not a loopback address", *listen)
	}
	e, err := newEngine(s)
	if err != nil {
		return err
	}
	defer e.close()
	listener, err := net.ListenTCP("tcp", address)
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(listener, e) }()
	fmt.Printf("listening http://%s\n", listener.Addr())
	select {
	case err := <-failed:
		return err
	case <-stop:
		e.mu.Lock() // let the request in progress finish
		return nil
	}
}
