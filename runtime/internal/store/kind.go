package store

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/redis/go-redis/v9"
)

// kind is what a client of the application connects to, as far as it says.
type kind struct {
	single  *redis.Options        // one server, or the primary that Sentinels name
	cluster *redis.ClusterOptions // a cluster
	nodes   *redis.ClusterClient  // the client of the cluster, where it could be found
	ring    bool                  // several servers that know nothing of each other
}

// opaque reports a client of which nothing is known: neither what it connects to, nor how to
// connect beside it.
func (k *kind) opaque() bool { return k.single == nil && k.cluster == nil && !k.ring }

// errNil is a client that is nil, or that embeds one which is.
var errNil = errors.New("nil")

// kindOf finds out what a client is. What traces or counts commands embeds a client, and is of its
// kind; others may return the options of one.
func kindOf(client redis.UniversalClient) (k kind, err error) {
	if err := k.look(reflect.ValueOf(client), 0); err != nil {
		return k, err
	}
	if k.opaque() {
		switch c := client.(type) {
		case interface{ Options() *redis.Options }:
			k.single = c.Options()
		case interface{ Options() *redis.ClusterOptions }:
			k.cluster = c.Options()
		case interface{ Options() *redis.RingOptions }:
			k.ring = true
		}
	}
	return k, nil
}

// mostEmbedded is how deep wrappers in wrappers are looked into.
const mostEmbedded = 8

// look looks for a client of the library in a value, and in what that embeds. The fields of a
// wrapper need not be exported.
func (k *kind) look(v reflect.Value, depth int) error {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return errNil
		}
		if v.Kind() == reflect.Pointer {
			switch at := v.UnsafePointer(); v.Type() {
			case reflect.TypeFor[*redis.Client]():
				k.single = (*redis.Client)(at).Options()
				return nil
			case reflect.TypeFor[*redis.ClusterClient]():
				k.nodes = (*redis.ClusterClient)(at)
				k.cluster = k.nodes.Options()
				return nil
			case reflect.TypeFor[*redis.Ring]():
				k.ring = true
				return nil
			}
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || depth == mostEmbedded {
		return nil
	}
	for i := range v.NumField() {
		// Of a client that has several, one may be for replicas; the embedded one has the methods.
		if f := v.Type().Field(i); !f.Anonymous || !f.Type.Implements(reflect.TypeFor[redis.Cmdable]()) {
			continue
		}
		if err := k.look(v.Field(i), depth+1); err != nil || !k.opaque() {
			return err
		}
	}
	return nil
}

// Refuse says why a cache cannot keep its promises with a client. It does not touch the network.
func Refuse(client redis.UniversalClient) error {
	k, err := kindOf(client)
	switch {
	case err != nil:
		return fmt.Errorf("Options.Redis is a nil %T, or embeds a client that is nil; leave the field unset for a cache in this process", client)
	case k.ring:
		return fmt.Errorf("Options.Redis is a redis.Ring (%T), whose servers know nothing of each other: when one goes, "+
			"its keys move to others, and with them what is stale is forgotten; give the cache a client of one server or of a cluster", client)
	case k.cluster != nil && k.cluster.ReadOnly:
		return errors.New("Options.Redis sends reads to replicas, which lag behind invalidations; " +
			"give the cache a client without ReadOnly, RouteByLatency and RouteRandomly")
	case k.cluster != nil && k.cluster.ClusterSlots != nil:
		return errors.New("Options.Redis is told by a function which server has which slots (ClusterOptions.ClusterSlots, redis.NewFailoverClusterClient), " +
			"and does not notice when one is demoted; give the cache a client of a cluster, or of redis.NewFailoverClient")
	}
	return nil
}
