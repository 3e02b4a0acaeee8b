package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/reissue"
	"qbank/domain/roster"
	"qbank/internal/stack"
)

// listening is how many students of a class are connected.
const listening = 2_000

// measureReissue times how long a reissue takes to reach the last of a class that is connected, from the moment it is granted at the authors' door, against a server that does nothing but
// write to as many connections.
func measureReissue(ctx context.Context, r *run) ([]Figure, error) {
	s, err := r.openSchool(ctx, false)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	st, err := stack.Open(ctx, s.pool, stack.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, st.Close)
	tokens, err := s.enrol(ctx, st)
	if err != nil {
		return nil, err
	}
	bare, err := s.baseline(ctx)
	if err != nil {
		return nil, err
	}
	ours, err := listenTo(ctx, s.server.base, tokens)
	if err != nil {
		return nil, err
	}
	defer ours.close()
	theirs, err := listenTo(ctx, bare.base, tokens)
	if err != nil {
		return nil, err
	}
	defer theirs.close()
	medians, err := r.compare(ctx,
		side{"bare fan-out", func(ctx context.Context) (sample, error) {
			return theirs.time(ctx, func(ctx context.Context) error {
				_, err := post(ctx, bare.base+"/tell", "", nil)
				return err
			})
		}},
		side{"reissue", func(ctx context.Context) (sample, error) {
			grant, err := s.ask(ctx, st)
			if err != nil {
				return sample{}, err
			}
			return ours.time(ctx, grant)
		}})
	if err != nil {
		return nil, err
	}
	took, least := 1/medians[1].rate, 1/medians[0].rate
	return []Figure{
		bound("reissue_seconds", "s", took, 1),
		times("reissue_vs_fanout", "s", took, least, "a bare fan-out of server-sent events", 20),
	}, nil
}

const classCode = "bench"

// enrol makes the class and returns its students' tokens.
func (s *school) enrol(ctx context.Context, st *stack.Stack) ([]string, error) {
	keeper := access.Actor{ID: "bench-keeper", Roles: []access.Role{access.Admin}, Scope: place}
	people, tokens := make([]commands.Person, listening), make([]string, listening)
	for n := range people {
		people[n].Number = fmt.Sprint("listener-", n)
		var err error
		actor := access.Actor{ID: roster.PersonID(place.Org, people[n].Number).String(), Roles: []access.Role{access.Student}, Scope: place}
		if tokens[n], err = s.signer.Mint(actor, time.Now(), 6*time.Hour); err != nil {
			return nil, err
		}
	}
	if _, err := st.Commands.Do(ctx, keeper, commands.KeepClass{Code: classCode, Title: "Bench", Students: people}); err != nil {
		return nil, err
	}
	return tokens, s.settle(ctx)
}

// ask asks for a reissue to the class, and returns what grants it.
func (s *school) ask(ctx context.Context, st *stack.Stack) (grant func(context.Context) error, err error) {
	question := s.test.released.Questions[0]
	asker := access.Actor{ID: "bench-tutor", Roles: []access.Role{access.Tutor}, Scope: place}
	asked, err := st.Commands.Do(ctx, asker, commands.AskReissue{Wish: commands.Wish{Question: question.Question, Version: question.Version,
		Audience: reissue.Audience{Classes: []uuid.UUID{roster.ClassID(place.Org, classCode)}}, Until: time.Now().Add(time.Hour).UnixMicro(), Reason: "bench"}})
	if err != nil {
		return nil, err
	}
	lead := access.Actor{ID: "bench-lead", Roles: []access.Role{access.Releaser}, Scope: place}
	bearer, err := s.signer.Mint(lead, time.Now(), time.Hour)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"query": fmt.Sprintf(`mutation {grantReissue(input: {reissue: %q, revision: %d}) {position}}`, asked.ID, asked.Revision)})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		answer, err := post(ctx, s.server.base+"/graphql", bearer, body)
		if err == nil && bytes.Contains(answer, []byte(`"errors"`)) {
			err = fmt.Errorf("grant the reissue: %.300s", answer)
		}
		return err
	}, s.settle(ctx)
}

// class is clients that listen for reissues, as lightly as can be: they share the machine with the server.
type class struct {
	connections []net.Conn
	heard       chan time.Time
	lost        chan error
}

// listenTo connects the students to a server, and returns when all have been answered.
func listenTo(ctx context.Context, base string, tokens []string) (*class, error) {
	at, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	c := &class{connections: make([]net.Conn, len(tokens)), heard: make(chan time.Time, len(tokens)), lost: make(chan error, len(tokens))}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(32)
	for i, bearer := range tokens {
		g.Go(func() error {
			var dialer net.Dialer
			connection, err := dialer.DialContext(gctx, "tcp", at.Host)
			if err != nil {
				return err
			}
			c.connections[i] = connection
			if _, err := fmt.Fprintf(connection, "GET /v1/me/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", at.Host, bearer); err != nil {
				return err
			}
			lines := bufio.NewScanner(connection)
			for lines.Scan() {
				if lines.Text() == "event: snapshot" {
					go c.follow(lines)
					return nil
				}
			}
			return fmt.Errorf("student %d is not listened to: %v", i, lines.Err()) //nolint:errorlint // there may be none
		})
	}
	if err := g.Wait(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *class) follow(lines *bufio.Scanner) {
	for lines.Scan() {
		if lines.Text() == "event: reissue" {
			c.heard <- time.Now()
		}
	}
	c.lost <- fmt.Errorf("a stream ended: %v", lines.Err()) //nolint:errorlint // there may be none
}

func (c *class) close() {
	for _, connection := range c.connections {
		if connection != nil {
			_ = connection.Close() // nothing is lost with it
		}
	}
}

// time does something and waits until the last has heard of it.
func (c *class) time(ctx context.Context, do func(context.Context) error) (sample, error) {
	began := time.Now()
	last := began
	if err := do(ctx); err != nil {
		return sample{}, err
	}
	for range c.connections {
		select {
		case at := <-c.heard:
			if at.After(last) {
				last = at
			}
		case err := <-c.lost:
			return sample{}, err
		case <-time.After(time.Minute):
			return sample{}, fmt.Errorf("some of the %d have heard nothing", len(c.connections))
		case <-ctx.Done():
			return sample{}, ctx.Err()
		}
	}
	return sample{rate: 1 / last.Sub(began).Seconds()}, nil
}
