package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// refusal is a command that the user of the client may not run, or not with these keys.
type refusal struct {
	command string // "" where Redis does not say
	err     error
}

// Error says which command it is, and what Redis says of it.
func (r *refusal) Error() string {
	if r.command == "" {
		return fmt.Sprintf("refused by the ACL of Redis: %v", r.err)
	}
	return fmt.Sprintf("%s is refused by the ACL of Redis: %v", r.command, r.err)
}

// Unwrap returns the error of Redis.
func (r *refusal) Unwrap() error { return r.err }

// What Redis 6.2, 7.0 and 7.2 say of a command of a script, and of keys.
var (
	refusals = []string{
		"NOPERM", "executing the script can't run this command", "can't access at least one of the keys", "ACL failure in script",
	}
	quotedCommand = regexp.MustCompile(`'([a-z]+)(?:\|[a-z]+)?' command`)
	scriptLine    = regexp.MustCompile(`script:(\d+)`)
	calledCommand = regexp.MustCompile(`redis\.p?call\('([A-Z]+)'`)
)

// asRefusal returns an error as a refusal if it is one, of a command that the client has sent or of
// one in a script. Redis 7.0 only says at which line of the script that stands.
func asRefusal(err error, script string) (r *refusal, ok bool) {
	if err == nil || errors.As(err, &r) {
		return r, r != nil
	}
	text := err.Error()
	says := func(refused string) bool { return strings.Contains(text, refused) }
	if !slices.ContainsFunc(refusals, says) || !isReply(err) {
		return nil, false
	}
	r = &refusal{err: err}
	if m := quotedCommand.FindStringSubmatch(text); m != nil {
		r.command = strings.ToUpper(m[1])
	} else if m := scriptLine.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		if lines := strings.Split(script, "\n"); n >= 1 && n <= len(lines) {
			if m := calledCommand.FindStringSubmatch(lines[n-1]); m != nil {
				r.command = m[1]
			}
		}
	}
	return r, true
}

// sources are the texts of the scripts.
var sources = make(map[*redis.Script]string)

func newScript(text string) *redis.Script {
	s := redis.NewScript(text)
	sources[s] = text
	return s
}

// ofScript names the command if the error is a refusal of one that a script has called, and says
// what a server is that takes no writes.
func ofScript(err error, script *redis.Script) error {
	if err == nil {
		return nil
	}
	if r, ok := asRefusal(err, sources[script]); ok {
		return r
	}
	if strings.Contains(err.Error(), "READONLY") {
		return fmt.Errorf("%w: %w", errReplica, err)
	}
	return err
}

// costs say what becomes of a cache without a command. Of others it is all that they are for: reads
// call the repository, and writes are retried.
var costs = map[string]string{
	"XREAD": "copies hear of the invalidations of others later, and each drops all copies of its shard",
	"INFO":  "a process that starts after a failover, or after a restart from a dump, does not notice that this has forgotten an invalidation",
}

// heed logs a refusal, once for each command: it is not a failure of the moment.
func (s *Store) heed(err error) {
	if err == nil {
		return
	}
	r, ok := asRefusal(err, "")
	if !ok {
		return
	}
	if _, said := s.refused.LoadOrStore(r.command, true); said {
		return
	}
	what, cost := r.command, costs[r.command]
	if what == "" {
		what = "a command or a key"
	}
	if cost == "" {
		cost = "reads call the repository, and invalidations are retried"
	}
	s.warn(context.Background(), "cachegen: the ACL of Redis refuses "+what+" to the user of Options.Redis; docs/redis.md lists what the cache needs",
		"cost", cost, "error", r.err)
}

// refusedLog reports that the log may not be read.
func refusedLog(err error) bool {
	r, ok := asRefusal(err, "")
	return ok && r.command == "XREAD"
}
