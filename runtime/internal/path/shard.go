package path

import "hash/fnv"

// Shards is how many parts the state of the protocol has. Each tenant is in one.
const Shards = 16

// ShardOf is the shard of a tenant.
func ShardOf(tenant string) int {
	h := fnv.New32a()
	h.Write([]byte(tenant))
	return int(h.Sum32() % Shards)
}
