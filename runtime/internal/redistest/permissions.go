package redistest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Permissions are what clients that do not log in may do, in the words of Redis' ACL: "~app:*",
// "+get". They are those of all servers that start later. nil: all clients may do all.
var Permissions []string

// admin is the user, and the password, of clients that may do all where Permissions restricts the
// others.
const admin = "admin"

// users are the arguments that make a server keep to Permissions. Servers follow each other as the
// admin.
func users() []string {
	if Permissions == nil {
		return nil
	}
	list := append([]string{"--user", "default", "on", "nopass"}, Permissions...)
	return append(list, "--user", admin, "on", ">"+admin, "~*", "&*", "+@all", "--masteruser", admin, "--masterauth", admin)
}

// AsAdmin makes the options those of a client that may do all.
func AsAdmin(o *redis.Options) *redis.Options {
	if Permissions != nil {
		o.Username, o.Password = admin, admin
	}
	return o
}

// Admin returns a client of the server that may do all, closed when the test ends.
func (s *Server) Admin() *redis.Client {
	client := redis.NewClient(AsAdmin(&redis.Options{Addr: s.Addr}))
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

// Admin returns a client of the cluster that may do all, closed when the test ends.
func (c *Cluster) Admin(t testing.TB) *redis.ClusterClient {
	login := AsAdmin(new(redis.Options))
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), Username: login.Username, Password: login.Password})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// ReportRefusals fails a test for each command or key that a running server has refused to clients
// that do not log in, since the last report. A cache can do without some, so no answer shows them.
func (s *Server) ReportRefusals(t testing.TB) {
	t.Helper()
	if Permissions == nil || s.cmd == nil {
		return
	}
	client := redis.NewClient(AsAdmin(&redis.Options{Addr: s.Addr, MaxRetries: -1, ReadTimeout: time.Second}))
	defer client.Close()
	ctx := context.Background()
	list, err := client.ACLLog(ctx, 100).Result()
	if err != nil {
		return // it is frozen
	}
	for _, e := range list {
		// From Redis 7.2 on the client says what library it is, and does without.
		if e.Username == "default" && !strings.EqualFold(e.Object, "client|setinfo") {
			t.Errorf("%s refuses the %s %q (%s) %d times", s.Addr, e.Reason, e.Object, e.Context, e.Count)
		}
	}
	_ = client.ACLLogReset(ctx).Err()
}
