package runtime_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	mutantsFlag      = flag.String("mutants", "", "take out the mechanisms whose names match, one at a time, and see which tests notice; . for all")
	mutantsTableFlag = flag.String("mutants-table", "", "with -mutants: run all consistency tests for each, and write the table to this file")
)

// mutant is the runtime without one of its mechanisms. The edits are made in a copy that an overlay
// shows to the compiler, scripts included: nothing in the runtime knows of them.
type mutant struct {
	name   string // what is taken out
	rule   string // section of the design
	edits  []edit
	killer string // a test that notices, as for -run
}

type edit struct{ file, old, new string }

var mutants = []mutant{
	{"stamp before the load (taken at the fill)", "6.2", []edit{{
		"load.go", "fillings := make([]store.Filling, len(list))", "fillings := make([]store.Filling, len(list))\nfor _, it := range list {\nif s, err := m.c.redis.Read(over, nil, []*path.Target{&it.Target}, false); err == nil {\nit.seen.Seq = s[0].Seq\n}\n}",
	}, {
		"load.go", "\"github.com/cachegen/cachegen/runtime/internal/store\"", "\"github.com/cachegen/cachegen/runtime/internal/path\"\n\"github.com/cachegen/cachegen/runtime/internal/store\"",
	}}, "TestCopyOfALoadCountsFromBeforeTheLoad"},
	{"stamp before the load, without Redis", "6.2", []edit{{
		"load.go", "tags := m.c.stripesOf(it.Tenant, it.tags)\n", "tags := m.c.stripesOf(it.Tenant, it.tags)\nit.seen.Seq = m.c.local.Seq()\n",
	}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"floor compared with the entry", "6.2", []edit{{"internal/store/marks.go", "minStamp = m.floor\n", "minStamp = 0\n"}}, "TestRemadeStateInvalidatesEverything"},
	{"stamps of all tenants compared", "6.2", []edit{{
		"internal/store/marks.go", "m.apply(every)", "_ = every",
	}}, "TestInvalidation|TestNoTenantBypassesAndInvalidatesEverywhere"},
	{"missing record is stale", "6.1", []edit{{"internal/store/snapshot.go", "!s.Bypass && s.Floor != 0 && s.TableExists &&", "!s.Bypass && s.TableExists &&"}}, "TestRemadeStateInvalidatesEverything"},
	{"missing table is stale", "6.1", []edit{{"internal/store/snapshot.go", "!s.Bypass && s.Floor != 0 && s.TableExists &&", "!s.Bypass && s.Floor != 0 &&"}}, "TestLostStateIsAMiss"},
	{"table made again is stamped", "6.1", []edit{{"internal/store/scripts/state.lua", "redis.call('HSET', T, '', print_mark(R.seq, m, at))", "redis.call('HSET', T, '', print_mark(1, m, at))"}}, "TestRemadeStateInvalidatesEverything"},
	{"record made again has a new floor", "6.1", []edit{{"internal/store/scripts/state.lua", "'floor', text(R.seq), 'epoch', fresh, 'server', here) then", "'floor', '1', 'epoch', fresh, 'server', here) then"}, {"internal/store/scripts/state.lua", "R.floor, R.epoch = R.seq, fresh", "R.floor, R.epoch = 1, fresh"}, {"internal/store/snapshot.go", "s.Entry.Epoch == s.Epoch && ", ""}}, "TestRemadeStateInvalidatesEverything"},
	{"numbers follow the clock", "6.1", []edit{{"internal/store/scripts/state.lua", "R.seq = math.max(at, (R.seq or 0) + 1, newest(I, at) + 1)", "R.seq = math.max((R.seq or 0) + 1, newest(I, at) + 1)"}, {"internal/store/snapshot.go", "s.Entry.Epoch == s.Epoch && ", ""}}, "TestNumbersFollowTheClock"},
	{"record of another server is made again", "6.1", []edit{{"internal/store/scripts/state.lua", "and r[4] == here) then", ") then"}}, "TestStrongReadsAfterAFailoverThatForgot"},
	{"a server is met before it is believed", "6.8", []edit{{"internal/store/meet.go", "!last.fresh(asked) {\n\t\t\treturn false", "!last.fresh(asked) {\n\t\t\treturn true"}, {"internal/store/meet.go", "return now-time.Duration(was) >= believed/4 &&", "return false &&"}}, "TestStrongReadsAfterARestartFromADump"},
	{"a meeting counts on its server alone", "6.8", []edit{{"internal/store/meet.go", "if m.server != last.server || m.number < last.number {", "if false {"}}, "TestStrongReadsAfterAFailoverThatForgot"},
	{"replicas do not hear of a meeting", "6.8", []edit{{"internal/store/scripts/state.lua", "  redis.set_repl(redis.REPL_NONE)\n", ""}}, "TestStrongReadsAfterAFailoverThatForgot"},
	{"a server that has forgotten a meeting is another", "6.8", []edit{{"internal/store/scripts/meet.lua", "if last < known and floor < known then", "if false then"}}, "TestStrongReadsAfterAFailoverThatForgot"},
	{"a demoted server is not believed", "6.8", []edit{{"internal/store/meet.go", "s.heed(err)\n\t\treturn err", "return nil"}}, "TestStrongReadsLeaveADemotedPrimary|TestReplicaIsNotBelieved"},
	{"fences stay when what holds them is made anew", "6.8", []edit{{"internal/store/scripts/state.lua", "    redis.call('HSET', hash, field, value)\n", ""}}, "TestFencesOutliveTheirRecord|TestFencesOutliveAFullTable"},
	{"writers follow what they have written to", "6.8", []edit{{"internal/store/invalidate.go", "s.stamped(n)\n", ""}}, "TestWritersFollow"},
	{"the log is bounded by bytes", "6.8", []edit{{"internal/store/scripts/state.lua", "    redis.call('XTRIM', I, 'MAXLEN', half)\n", "    return\n"}}, "TestLogIsBoundedByBytes"},
	{"a claim that does not lapse is not waited for", "6.8", []edit{{"fly.go", "claim.State == store.ClaimHeld && it.heldInVain(claim.Till)", "false && it.heldInVain(claim.Till)"}}, "TestClaimThatDoesNotLapseIsNotWaitedFor"},
	{"a snapshot of state that was made again is taken again", "6.1", []edit{{"internal/store/registration.go", "return !seen.TableExists || seen.Epoch != epoch || seen.Floor != number(reply[1]), nil", "if !seen.TableExists || seen.Epoch != epoch || seen.Floor != number(reply[1]) {\nseen.Seq, seen.Floor, seen.MinStamp, seen.TableExists = number(reply[0]), number(reply[1]), number(reply[0]), true\nseen.Epoch = epoch\n}\nreturn false, nil"}}, "TestFenceOpenedWhileStateIsMade"},
	{"claims are renewed", "6.3", []edit{{"load.go", "Renew(over, store.ClaimLife,", "Renew(over, store.ClaimLife*3000,"}}, "TestLongLoadKeepsItsClaim"},
	{"fences are renewed", "6.5", []edit{{"fence.go", "Renew(c.ending, fenceLife,", "Renew(c.ending, fenceLife*3000,"}}, "TestFenceOfALongWriteStands"},
	{"a fence that is lost while its write runs stands again", "6.5", []edit{{"internal/store/scripts/hold.lua", "add_writer(m, ARGV[4])", ""}}, "TestFenceOfALongWriteStands"},
	{"a fence that stands again stamps", "6.5", []edit{{"internal/store/scripts/hold.lua", "if gone then\n    if seq == before then", "if false then\n    if seq == before then"}}, "TestFenceThatStandsAgainInvalidates"},
	{"stamps come through where Redis is full", "6.1", []edit{{"internal/store/scripts/state.lua", "  redis.call('PEXPIRE', A, keep)\n  if not longer then\n    redis.call('HSET', A, 'keep', text(keep))\n  end\n", "  redis.call('HSET', A, 'keep', text(keep))\n  redis.call('PEXPIRE', A, keep)\n"}}, "TestFullRedis"},
	{"a late claim looks at the stripes", "6.3", []edit{{"late.go", "stripes.Stale(it.Stripes, it.lateSince.Seq) ||", ""}}, "TestLoadWithoutAClaimIsNotStoredAfterAnInvalidation"},
	{"a late claim looks at the stamps", "6.3", []edit{{"late.go", "it.seen.MinStamp > it.lateSince.Seq:", "false:"}, {"late.go", "stripes.Stale(it.Stripes, it.lateSince.Seq) ||", ""}}, "TestLoadWithoutAClaimIsNotStoredAfterAnInvalidation"},
	{"a late claim waits for the log", "6.3", []edit{{"late.go", "c.applied(over, it) && ", ""}}, "TestLateClaimWaitsForTheLog"},
	{"a late claim needs all of the log", "6.3", []edit{{"late.go", "return tier.Views[it.Shard].Least.Load() > it.lateSince.Seq || ", "return "}}, "TestLateClaimNeedsAllOfTheLog"},
	{"loads without a claim are stored", "6.3", []edit{{"find.go", "it.unanswered = late && it.seen.Bypass", "it.unanswered = false"}}, "TestLoadWithoutAClaimIsStored"},
	{"a fill outlives the wait of its caller", "6.3", []edit{{"load.go", "later.fill = c.storeNow", "_ = c.storeNow"}, {"load.go", "if c.budget.Short() || s.size() > store.PieceBytes {", "if false {"}}, "TestFillOutlivesTheWaitOfItsCaller"},
	{"loads are limited", "6.3", []edit{{"cache.go", "make(loadLimit, o.MaxLoads)", "make(loadLimit, 100000)"}}, "TestLoadsAreLimited"},
	{"a load that waits for a read leaves its room", "6.3", []edit{{"running.go", "	r.waiting++\n	r.leave()\n", "	r.waiting++\n"}}, "TestLoadsThatReadFromTheCacheAreNotLimitedByEachOther"},
	{"a load of its own key calls through", "6.3", []edit{{"running.go", "return it.Key == key", "return false"}}, "TestLoadOfItsOwnKeyCallsThrough"},
	{"many entries are asked for in pieces", "6.7", []edit{{"internal/store/read.go", "if len(targets) <= most {", "if true {"}, {"internal/store/servers.go", "if len(keys) > pieceLen {", "if false {"}}, "TestLongBatchesGoInPieces"},
	{"a fill refused for memory gives up its claim", "6.3", []edit{{"internal/store/fill.go", "if len(full) > 0 {", "if false {"}}, "TestFillRefusedForMemoryGivesUpItsClaim"},
	{"versions registered before a fill", "6.1", []edit{{"internal/store/registration.go", "for _, v := range own {\n\t\targs = append(args, v)", "for range own {\n\t\targs = args[:1]"}}, "TestExactInvalidationCoversAllLiveVersions"},
	{"conditional fill", "6.3", []edit{{"internal/store/scripts/fill.lua", "redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1]", "false"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"conditional fill of a large value", "6.3", []edit{{"internal/store/scripts/fill_staged.lua", "redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1]", "false"}}, "TestLargeValueInvalidatedWhileItIsSent"},
	{"a large value that is refused is removed", "6.3", []edit{{"internal/store/scripts/fill_staged.lua", "  redis.call('UNLINK', KEYS[2])\n", ""}}, "TestLargeValueInvalidatedWhileItIsSent"},
	{"claim keeps other loads away", "6.3", []edit{{"internal/store/scripts/claim.lua", "if #e >= 28 then", "if false then"}}, "TestConcurrentMissesLoadOnce"},
	{"claim dated by the server", "6.3", []edit{{"internal/store/scripts/claim.lua", "string.sub(ARGV[1], 1, 4) .. string.sub(pack(at), 5, 8)", "ARGV[1]"}}, "TestClaimDeliveredTwiceDoesNotComeBack"},
	{"exact invalidation deletes entry and claim", "6.3", []edit{{"internal/store/invalidate.go", "old = append(old, entryKey)", "old = old[:0]"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"delete before stamp", "6.3", []edit{{
		"internal/store/invalidate.go", "news, err := s.stamp(ctx, how, path.ShardOf(set.Tenant), set, old)",
		"news, err := s.stamp(ctx, how, path.ShardOf(set.Tenant), set, nil)\nif err == nil && len(old) > 0 {\nerr = s.delete(ctx, how.b, old)\n}",
	}}, "TestEntryIsGoneBeforeItsInvalidationIsAnnounced"},
	{"a node that is down keeps no stamp from being sent", "6.3", []edit{{"internal/store/invalidate.go", "_ = s.delete(ctx, part, old)\n", "if failed := s.delete(ctx, part, old); failed != nil {\nreturn failed\n}\n"}}, "TestNodeDownKeepsNoStampFromBeingSent"},
	{"exact invalidation stamps its path in a cluster", "6.3", []edit{{"internal/store/invalidate.go", "if s.spread && m == Stamp {", "if false && s.spread && m == Stamp {"}}, "TestClusterFailoverThatForgetsAnInvalidation"},
	{"versions learnt from the stamp", "6.3", []edit{{"internal/store/invalidate.go", "if s.learn(prefix, version) {\n\t\t\tnews = true", "if s.learn(prefix, version) {\n\t\t\tnews = false"}}, "TestExactInvalidationCoversAllLiveVersions"},
	{"copy of an entry counts from before it was read", "6.3", []edit{{
		"internal/store/read.go", "list = make([]Snapshot, len(targets))", "list = make([]Snapshot, len(targets))\nq.applied = s.local.Views[targets[0].Shard].Applied.Load()",
	}}, "TestCopyCountsFromBeforeItsEntryWasRead"},
	{"copy of a load carries the load's stamp", "6.3", []edit{{
		"load.go", "c.keep(it, it.seen.Seq, it.ttl, m.c.stripesOf(it.Tenant, it.tags))", "c.keep(it, m.c.local.Views[it.Shard].Applied.Load(), it.ttl, nil)",
	}}, "TestCopyOfALoadCountsFromBeforeTheLoad"},
	{"stripes compared", "6.4", []edit{{"internal/local/tier.go", " ||\n\t\tt.Stripes.In(int(c.shard)).Stale(c.stripes, c.stamp) {", " {"}}, "TestLocalCopyHearsOfOthersInvalidations"},
	{"stripes of all tenants compared", "6.4", []edit{{"internal/local/stripes.go", "if m.every.Load() <= stamp {", "if true {"}}, "TestLocalCopyHearsOfOthersInvalidations"},
	{"stripes of a shard of their own", "6.4", []edit{{"internal/local/tier.go", "t.Stripes.raise(shard, s.Tenant, field, seq)", "for shard := range path.Shards {\nt.Stripes.raise(shard, s.Tenant, field, seq)\n}"}}, "TestInvalidationsOfOtherShardsCostNoCopies"},
	{"lease", "6.4", []edit{{"internal/local/tier.go", " || int64(now) >= v.Lease.Load()", ""}}, "TestCutOffProcessStopsAnsweringFromCopies"},
	{"lease counts from the request", "6.4", []edit{{"internal/store/round.go", "until := int64(sent + f.staleness)", "until := int64(0*sent + f.local.Now() + f.staleness)"}}, "TestLeaseCountsFromTheRequest"},
	{"no lease while behind", "6.4", []edit{{"internal/store/round.go", "case s.seq <= applied:", "case s.seq > 0:\ns.view.Lease.Store(until)\ns.behind = true\ncase s.seq == 1:"}}, "TestProcessThatIsBehindHasNoLease"},
	{"a lease for what has been caught up with", "6.4", []edit{{"internal/store/round.go", "if s.view.Applied.Load() >= s.seq {", "if false {"}}, "TestBusyShardKeepsItsLease"},
	{"no lease from a demoted master", "6.4", []edit{{"internal/store/round.go", "if hello != nil && isReplica(hello) {", "if hello == nil {"}}, "TestDemotedMasterLendsNoLease"},
	{"copies from before a new floor are void", "6.4", []edit{{"internal/store/round.go", "local.Raise(&s.view.Least, s.seq)\n\t\tlocal.Raise(&s.view.Seen, s.seq)", "local.Raise(&s.view.Seen, s.seq)"}}, "TestCutOffProcessMissesNothing"},
	{"gap between messages", "6.4", []edit{{"internal/store/round.go", "case before > applied:", "case false:"}}, "TestCutOffProcessMissesNothing"},
	{"gap before the counter", "6.4", []edit{{"internal/store/round.go", "local.Raise(&s.view.Least, s.seq)\n\t\t\tlocal.Raise(&s.view.Seen, s.seq)\n\t\t\ts.view.Applied.CompareAndSwap(", "local.Raise(&s.view.Seen, s.seq)\n\t\t\ts.view.Applied.CompareAndSwap("}}, "TestGapInTheLogEmptiesTheLocalTier|TestCutOffProcessMissesNothing"},
	{"own stripes raised", "6.4", []edit{{"internal/store/invalidate.go", "s.local.Raise(n, set, seq)\n", ""}, {"internal/store/invalidate.go", "v.Applied.CompareAndSwap(before, seq)", "_ = before"}}, "TestProcessReadsItsOwnWrites"},
	{"regression noticed by a read", "6.4", []edit{{"internal/store/read.go", "if now.floor != 0 && now.seq < q.seen {", "if false {"}}, "TestStateRestoredFromADump"},
	{"a read looks again a few times", "5", []edit{{"internal/store/again.go", "if b == nil || b.again >= mostAgain {", "if b == nil {"}}, "TestReadThatCannotSettleLoads|TestReadWithTagsThatCannotSettleLoads"},
	{"a write is sent again a few times", "5", []edit{{"internal/store/invalidate.go", "if again == mostAgain {", "if false {"}}, "TestInvalidationThatIsAlwaysToldOfVersions"},
	{"the connection to a demoted server is left", "5", []edit{{"internal/store/read.go", "if q.last {", "if false {"}}, "TestReadLeavesADemotedServer"},
	{"what is longer than the longest counts as that", "5", []edit{{"longest.go", "return min(d, longest)", "return d"}}, "TestForever|TestCopyForever"},
	{"a follower looks for shards that are wanted meanwhile", "6.4", []edit{{"internal/store/round.go", "min(max(f.staleness/4, time.Millisecond), longestBlock)", "max(f.staleness/4, time.Millisecond)"}}, "TestOptionsForever"},
	{"regression noticed by the follower", "6.4", []edit{{"internal/store/round.go", "case s.seq < s.before:", "case s.seq == 1:"}, {"internal/store/round.go", "case before < applied:", "case before == 1:"}}, "TestFollowerNoticesAFailover"},
	{"regression raises the floor for all", "6.4", []edit{{"internal/store/scripts/raise.lua", "if floor <= seen then", "if false then"}}, "TestStateRestoredFromADump"},
	{"fence stands before the write", "6.5", []edit{{"internal/store/reply.go", "text, _, fenced = strings.Cut(text, \";\")", "text, _, _ = strings.Cut(text, \";\")"}}, "TestNothingCachedAnswersBehindAFence"},
	{"fence of every writer counts", "6.5", []edit{{"internal/store/scripts/state.lua", "if m.writers[i] == writer then", "if m.writers[i] then"}}, "TestFenceStandsUntilItsLastWriterCloses"},
	{"fences name their writers", "6.5", []edit{{"internal/store/scripts/state.lua", "if m.writers[i] == writer then", "if i == #m.writers then"}}, "TestCloseDeliveredTwiceClosesOneFence|TestFenceStandsUntilItsLastWriterCloses"},
	{"closing stamps", "6.5", []edit{{"internal/store/scripts/stamp.lua", "print_mark(seq, m, at))\nend\n\nlocal words", "print_mark(mode == 'close' and m.stamp or seq, m, at))\nend\n\nlocal words"}}, "TestFenceThatWasLostInvalidatesAtItsEnd"},
	{"table looked at again after the record", "6.5", []edit{{"internal/store/claim.go", "if s.spread {\n\t\tfields", "if false && s.spread {\n\t\tfields"}}, "TestRedirectedReadSeesTheFence|TestRedirectedBatchSeesTheFence"},
	{"reads behind a fence join nothing", "6.6", []edit{{"flight.go", "case !tagged && !seen.Bypass && f.stamp", "case !tagged && f.stamp"}}, "TestReadBehindAFenceJoinsNoLoadFromBeforeTheCommit"},
	{"settling refuses fills", "6.5", []edit{{"internal/store/scripts/stamp.lua", "m.settled = math.max(m.settled, at + hold)", "m.settled = 0"}}, "TestSettleRefusesFills"},
	{"flights from before an invalidation are not joined", "6.6", []edit{{"flight.go", "case !tagged && !seen.Bypass && f.stamp >= seen.MinStamp &&\n\t\t\t(seen.Complete || seen.Stated() && f.claim != 0 && f.claim == seen.Entry.Claim):", "case true:"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"a flight is joined only if its claim stands", "6.6", []edit{{"flight.go", "f.claim != 0 && f.claim == seen.Entry.Claim", "f.claim != 0"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"a read that finds no state joins no begun load", "6.6", []edit{{"flight.go", "seen.Stated() && f.claim", "f.claim"}}, "TestReadThatFindsNoStateJoinsNoLoad"},
	{"prefixes of tags registered before a fill", "6.1", []edit{{"internal/store/registration.go", "s.addOwn(prefix, tagMark)", "_ = tagMark"}}, "TestTagOfAResult"},
	{"tags of arguments compared", "6.2", []edit{{"internal/store/marks.go", "return targets[0].All(), nil", "return targets[0].Fields, nil"}}, "TestTagOfAnArgument"},
	{"tags of results compared", "6.2", []edit{{"internal/store/read.go", "s.checkTags(ctx, b, targets, list)", "s.checkTags(ctx, b, nil, list)"}}, "TestTagOfAResult|TestBatchItemsHangOnTags"},
	{"stripes trusted only up to what was applied", "6.2", []edit{{"internal/store/tags.go", "v.Applied.Load() >= snap.Seq && snap.Entry.Stamp >= v.Least.Load()", "v != nil"}}, "TestTagOfAResult"},
	{"stripes trusted only from where they begin", "6.2", []edit{{"internal/store/tags.go", "v.Applied.Load() >= snap.Seq && snap.Entry.Stamp >= v.Least.Load()", "v.Applied.Load() >= snap.Seq"}}, "TestTagsFromBeforeTheLogWasFollowed"},
	{"what was stored under another record is stale", "6.1", []edit{{"internal/store/snapshot.go", "s.Entry.Epoch == s.Epoch && ", ""}}, "TestInvalidatedEntryAfterTheClockWentBack"},
	{"a claim under another record holds nothing", "6.3", []edit{{"internal/store/scripts/claim.lua", "local same = string.sub(e, 25, 28) == ARGV[6]", "local same = true"}}, "TestLoadFromBeforeTheClockWentBack"},
	{"a put notes the record before its write", "6.3", []edit{{"internal/store/scripts/stamp.lua", "local lost = noted ~= epoch", "local lost = false"}}, "TestPutAfterTheClockWentBack"},
	{"a stamp below what was seen voids copies", "6.2", []edit{{"internal/store/invalidate.go", "if seq <= seen {", "if false {"}}, "TestOwnWriteAfterTheClockWentBack"},
	{"a record that is made anew settles", "6.5", []edit{{"internal/store/scripts/state.lua", "    settle_all(A, R, at)\n", ""}}, "TestFencesOutliveLostState|TestSettlingOutlivesLostState"},
	{"what a full table loses counts for all of it", "6.1", []edit{{"internal/store/scripts/stamp.lua", "      redis.call('HSET', hash, whole, print_mark(math.max(m.stamp, stamp), m, at))\n", ""}}, "TestFullTable"},
	{"writes wait until others have left a server that was replaced", "6.8", []edit{{"internal/store/invalidate.go", "\ts.waitForOthers(how.b, reply)\n", ""}}, "TestWritesWaitAfterAFailover"},
	{"a table that is made anew settles", "6.5", []edit{{"internal/store/scripts/state.lua", "if R.busy > at then", "if false then"}}, "TestFencesOutliveLostState|TestSettlingOutlivesLostState"},
	{"writes say for how long lost state settles", "6.5", []edit{{"write.go", "c.redis.Holds(hold)", "_ = hold"}}, "TestFencesOutliveLostState"},
	{"records say for how long they settle if they are lost", "6.5", []edit{{"internal/store/meet.go", "if len(reply) > 2 {", "if false {"}}, "TestSettlingOutlivesLostState"},
	{"tags are not read from an older state", "6.2", []edit{{"internal/store/tags.go", "case now.stranger || now.epoch != ask[0].Epoch || now.seq < ask[0].Seq:", "case false:"}}, "TestTagsOfAnOlderState|TestBatchWithTagsOfAnOlderState"},
	{"copies hang on the tags of their results", "6.4", []edit{{"internal/local/tier.go", "Merge(target.Stripes, tags)", "target.Stripes"}}, "TestTagOfAResult|TestBatchItemsHangOnTags|TestPutHangsOnTags"},
	{"fence on a tag seen before a fill", "6.5", []edit{{"internal/store/tags.go", "now.tableExists && !now.stranger && !fenced && minStamp", "now.tableExists && (fenced || true) && minStamp"}}, "TestFenceOnATag"},
	{"a fence on a tag that has lapsed is closed before a fill", "6.5", []edit{{"internal/store/tags.go", "if err == nil && now.fenced() {", "if false {"}}, "TestFenceOnATagThatHasLapsed|TestBatchWithAFenceOnATagThatHasLapsed"},
	{"tags of the arguments of an item compared", "6.2", []edit{{"internal/store/marks.go", "own := target.All()", "own := target.Fields"}}, "TestBatchItemsHangOnTags"},
	{"tags of a result looked at before a fill", "6.2", []edit{{"load.go", "if may[i] {", "if may[i] || true {"}}, "TestFenceOnATag|TestBatchWithAFenceOnATag"},
	{"a flight whose tags are not known is not joined", "6.6", []edit{{"flight.go", "case !tagged && !seen.Bypass", "case !seen.Bypass"}}, "TestLoadWithTagsFromBeforeAnInvalidation|TestReadBehindAFenceOnATagJoinsNoLoad"},
	{"a scope that is too deep for entries is the deepest they know", "6.2", []edit{{"internal/path/path.go", "path = path[:deepest(path)]", "_ = deepest"}}, "TestDeepAndLongPathsAreReached"},
	{"many tags of a prefix are the prefix", "6.1", []edit{{"internal/store/scripts/stamp.lua", "stamp('e', prefix .. ':*', true)", "local _ = prefix"}}, "TestManyTagsAreTheirPrefix"},
	{"one server deletes and stamps in one script", "6.3", []edit{{
		"internal/store/invalidate.go", "keys := append(s.state(n, set.Tenant), first...)",
		"keys := s.state(n, set.Tenant)\nif len(first) > 0 {\nif err := s.delete(ctx, how.b, first); err != nil {\nreturn false, err\n}\n}",
	}}, "TestLatePutDuringAnInvalidation"},
	{"of puts that overlap none is stored", "6.3", []edit{{"internal/store/scripts/reserve.lua", "if held_by_write(e, at, ARGV[2]) then", "if false then"}}, "TestPutsThatOverlap"},
	{"of puts that overlap none is stored, without Redis", "6.3", []edit{{"internal/local/authority.go", "other.overlapped.Store(true)", "_ = other"}}, "TestPutsThatOverlap"},
	{"a put that is refused invalidates", "6.3", []edit{{"put.go", "e.m.counts.fillsRefused.Add(1)\n", "e.m.counts.fillsRefused.Add(1)\n\t\t\tdone.Entries = append(done.Entries, e.target.Path())\n"}}, "TestPutsThatOverlap"},
	{"a put looks for what has overtaken it", "6.3", []edit{{"internal/store/scripts/put.lua", "if value and (", "if false and ("}}, "TestPutThatWasOvertaken"},
	{"a put looks for what has overtaken it, without Redis", "6.3", []edit{{"put.go", "!stripes.Stale(t.Stripes, p.since.Seq) && !stripes.Stale(tags, p.since.Seq)", "stripes != nil"}}, "TestPutThatWasOvertaken"},
	{"a late put looks at the log", "6.3", []edit{{"internal/store/scripts/put.lua", "if late and logged == nil then\n      logged = words()", "if late and logged == nil then\n      logged = {}"}}, "TestPutThatWasOvertaken"},
	{"a late put notices gaps in the log", "6.3", []edit{{"internal/store/scripts/put.lua", "if tonumber(m.p) ~= before then", "if false then"}}, "TestLatePutNeedsTheLog"},
	{"a put notices lost state", "6.3", []edit{{"internal/store/scripts/put.lua", "if floor > since or redis.call('HEXISTS', T, '') == 0 then", "if false then"}}, "TestPutThatLostItsState"},
	{"reads go past a write that will put", "6.3", []edit{{"internal/store/scripts/claim.lua", "if held_by_write(e, at, ARGV[5]) then", "if false then"}}, "TestReadsDuringAPut"},
	{"loads go past a write that will put", "6.3", []edit{{"fly.go", "case claim.State == store.ClaimWritten, ", "case "}}, "TestBatchDuringAPut|TestReadsDuringAPut"},
	{"a put looks for what has overtaken its tags", "6.3", []edit{{"internal/store/put.go", "path.Union(slices.Clip(p.Target.All()), path.TagFields(p.Tags))", "path.Union(slices.Clip(p.Target.All()), nil)"}}, "TestPutWhoseTagWasOvertaken"},
	{"a put looks for what has overtaken the tags of arguments", "6.3", []edit{{"put.go", "p.m.c.tagTarget(e.target, &tags[0])", "_ = tags"}}, "TestPutWhoseTagWasOvertaken"},
	{"a put looks for what has overtaken its tags, without Redis", "6.3", []edit{{"put.go", "!stripes.Stale(tags, p.since.Seq)", "tags != nil || true"}}, "TestPutWhoseTagWasOvertaken"},
	{"what was put carries its tags", "6.2", []edit{{"put.go", "Stamp: stamp, Epoch: p.since.Epoch, Tags: e.tags,", "Stamp: stamp, Epoch: p.since.Epoch,"}}, "TestPutHangsOnTags"},
	{"the copy of what was put hangs on its tags", "6.4", []edit{{"put.go", "e.m.keep(e.target, e.stripes(), stamp,", "e.m.keep(e.target, nil, stamp,"}}, "TestPutHangsOnTags"},
	{"of an entry that a write puts twice no value is stored", "6.3", []edit{{"put.go", "e.times != 1 ||", "e.times == 0 ||"}}, "TestPutListWithARowTwice"},
	{"each entry of a put is overtaken alone", "6.3", []edit{{"internal/store/scripts/stamp.lua", "if lost or overtaken(e.fields, e.late) then", "if lost or overtaken(entries[1].fields, entries[1].late) then"}}, "TestPutListThatWasOvertakenInPart"},
	{"a put does not hang on another of its call", "6.3", []edit{{"put.go", "e.refused || p.hangs(e)", "e.refused"}}, "TestPutListThatHangsOnItself"},
	{"a put in a transaction invalidates", "4", []edit{{"put.go", "txOf(i.ctx).running() || ", ""}}, "TestPutInATransaction"},
	{"stamps of each item of a batch compared", "6.2", []edit{{"internal/store/read.go", "MinStamp: minStamp}", "MinStamp: min(minStamp, now.floor)}"}}, "TestBatchItemsAreInvalidatedOneByOne"},
	{"a batch loads what it has claimed before it waits", "6.3", []edit{{
		"fly.go", "ready, left, wait := c.claim(over, list, by)\n",
		"ready, left, wait := c.claim(over, list, by)\nif len(ready) > 0 && len(left) > 0 {\nready, left, wait = nil, append(left, ready...), true\n}\n",
	}}, "TestBatchesOfTwoProcessesWaitForEachOther"},
	{"not found in a batch is not the single read's answer", "6.3", []edit{{"payload.go", "return []byte{payloadAbsent}\n", "return []byte{payloadNil}\n"}}, "TestBatchRemembersNotFoundPerItem"},
	{"nothing cached answers for an item behind a fence", "6.5", []edit{{"internal/store/read.go", "if fenced {\n\t\t\tcontinue", "if fenced && false {\n\t\t\tcontinue"}}, "TestBatchWithAnItemBehindAFence"},
	{"the error of a batch is its own", "6.6", []edit{{"fly.go", "out := outcome{batch: c.m.batched}\n\treturned", "out := outcome{}\n\treturned"}}, "TestBatchErrorIsNotThatOfAWaitingSingleRead"},
	{"what Redis has not accepted is not answered", "retry", []edit{{"retry.go", "c.local.Block(n, fresh)", ""}}, "TestFailedInvalidationIsRetried"},
	{"a failed invalidation is retried", "retry", []edit{{"retry.go", "c.work.Go(func() { c.retry(n) })", "_ = c.retry"}}, "TestFailedInvalidationIsRetried|TestCloseDrainsRetries"},
	{"a record or a table that is none is replaced", "6.1", []edit{{"internal/store/scripts/state.lua", "if foreign(redis.pcall('HEXISTS', hash, '')) then", "if false then"}}, "TestForeignStateIsReplaced"},
	{"a log that cannot be counted on goes", "6.1", []edit{{"internal/store/scripts/state.lua", "if last >= seq then", "if false then"}}, "TestForeignStateIsReplaced"},
	{"a number of another time is none", "6.1", []edit{{"internal/store/scripts/state.lua", "return n and n <= at + 63072000000000 and n or nil", "return n"}}, "TestForeignStateIsReplaced"},
	{"a client is what it embeds", "6.1", []edit{{"internal/store/kind.go", "if err := k.look(v.Field(i), depth+1); err != nil || !k.opaque() {", "if err := k.look(v.Field(i), mostEmbedded); err != nil {"}}, "TestClientsThatCannotKeepThePromisesAreRefused"},
	{"a log that may not be read is not missed", "6.4", []edit{{"internal/store/round.go", "case refusedLog(err):", "case false:"}}, "TestWithoutXREADCopiesAnswer"},
	{"what waits has a bound", "retry", []edit{{"retry.go", "kept.Len() > mostWaitingOfTenant || waiting > mostWaiting", "waiting < 0"}}, "TestManyPathsThatWait"},
	{"the tenants that wait have a bound", "retry", []edit{{"retry.go", "len(r.waiting) > mostWaitingTenants", "false"}}, "TestManyTenantsThatWait"},
	{"what is kept instead is blocked", "retry", []edit{{"retry.go", "c.local.Block(n, all.Set)", ""}}, "TestManyPathsThatWait"},
	{"a retry dials for itself", "retry", []edit{{"internal/store/invalidate.go", "client, closeIt := s.connect(asking, ctx, s.keys[n].record)", "_ = asking\nclient, closeIt := s.client, func() {}"}}, "TestRetryDialsForItself"},
	{"what every shard has but one is sent to that one", "retry", []edit{{"internal/store/invalidate.go", "for n, err := range failed {\n\t\tif err != nil {", "for n, err := range failed {\n\t\tif true || err != nil {"}}, "TestEveryTenantIsRetriedWhereItFailed"},
	{"a deadline leaves time for the repository", "5", []edit{{"internal/store/budget.go", "b.left = min(d, b.total)", ""}}, "TestDeadlineLeavesTimeForTheRepository"},
	{"a write is given time after its deadline", "5", []edit{{"internal/store/budget.go", "b.left = max(b.left, min(d, leastWrite))", "_ = leastWrite"}}, "TestInvalidationOutlivesItsDeadline"},
	{"a write waits for Redis once", "5", []edit{{"invalidation.go", "i.c.invalidate(ctx, &i.budget, s, i.settle)", "i.c.invalidate(ctx, store.NewBudget(ctx, i.c.o.redisTimeout), s, i.settle)"}}, "TestWriteWaitsForRedisOnce"},
	{"reads in a transaction bypass", "4", []edit{{"method.go", "if m.inTx || s.tx != nil && s.tx.running() {", "if m.inTx {"}}, "TestTransaction"},
	{"invalidations wait for the commit", "4", []edit{{"invalidation.go", "if tx != nil && tx.adopt(i) {", "if tx != nil && false && tx.adopt(i) {"}}, "TestTransaction"},
	{"reads inside a transaction bypass", "4", []edit{{"method.go", "if m.inTx || s.tx", "if s.tx"}}, "TestInsideATransaction"},
	{"writes inside a transaction wait for its commit", "4", []edit{{"write.go", "if tx := txOf(ctx); tx.running() {\n\t\tin.tx = tx", "if tx := txOf(ctx); tx.running() {\n\t\t_ = tx"}}, "TestInsideATransaction"},
	{"a transaction in another ends with it", "4", []edit{{"tx_runner.go", "if !txOf(ctx).running() && r.tx.running() {", "if false {"}}, "TestTxRunner"},
}

// consistencyTests are run for the table; what they leave out says nothing of consistency, or is
// slow and said by others.
const consistencyTests = "^Test(Invalidation|NoTenant|LoadFrom|ConcurrentMisses|Lost|Exact|TwoProcesses|Local|Failed|Process|Strong|CutOff|Paused|Gap|Failover|Eviction|" +
	"Tag|Many|Put|Late|State|Batch|RedisRestarted|Nothing|Fence|Settle|Transaction|Close|Claim|Read|Entry|Copy|Lease|Demoted|Remade|Follower|Full|Fill|Redirected|Long|Crash|Lossy|Busy|Numbers|Histories)"

// TestMutants takes out each mechanism and asserts that a test notices.
//
//	go test ./runtime/ -run TestMutants -mutants=. -timeout=1h
func TestMutants(t *testing.T) {
	dir, err := os.Getwd()
	require.NoError(t, err)
	if *mutantsFlag == "" { // it takes minutes; that the edits fit takes none
		for _, m := range mutants {
			m.edited(t, dir)
		}
		return
	}
	chosen := regexp.MustCompile(*mutantsFlag)
	table := [][]string{}
	for _, m := range mutants {
		if !chosen.MatchString(m.name) {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			bin := m.build(t, dir)
			run, histories := "^("+m.killer+")$", 0
			if *mutantsTableFlag != "" {
				run, histories = consistencyTests, 100
			}
			failed := failing(t, bin, dir, run, histories)
			table = append(table, []string{m.name, m.rule, strings.Join(failed, ", ")})
			require.NotEmpty(t, failed, "no test of %q notices", run)
			require.True(t, slices.ContainsFunc(failed, regexp.MustCompile("^("+m.killer+")").MatchString), "%s does not notice; %q do", m.killer, failed)
		})
	}
	if *mutantsTableFlag != "" {
		var b strings.Builder
		b.WriteString("| taken out | design | tests that notice |\n|---|---|---|\n")
		for _, row := range table {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		}
		require.NoError(t, os.WriteFile(*mutantsTableFlag, []byte(b.String()), 0o666))
	}
}

// edited returns the files that a mutant changes.
func (m mutant) edited(t *testing.T, dir string) map[string]string {
	changed := make(map[string]string)
	for _, e := range m.edits {
		text, ok := changed[e.file]
		if !ok {
			b, err := os.ReadFile(filepath.Join(dir, e.file))
			require.NoError(t, err)
			text = string(b)
		}
		require.Equal(t, 1, strings.Count(text, e.old), "%s has changed: bring this mutant up to date: %s", e.file, e.old)
		changed[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	return changed
}

// build compiles the tests with the edited runtime.
func (m mutant) build(t *testing.T, dir string) (bin string) {
	out := t.TempDir()
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	for file, text := range m.edited(t, dir) {
		at := filepath.Join(out, strings.ReplaceAll(file, "/", "_"))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o666))
		overlay.Replace[filepath.Join(dir, file)] = at
	}
	b, err := json.Marshal(overlay)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(out, "overlay.json"), b, 0o666))
	bin = filepath.Join(out, "mutant.test")
	cmd := exec.Command("go", "test", "-c", "-overlay", filepath.Join(out, "overlay.json"), "-o", bin, ".")
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
	return bin
}

// failing runs tests and returns the names of those that fail.
func failing(t *testing.T, bin, dir, run string, histories int) []string {
	cmd := exec.Command(bin, "-test.run="+run, "-test.timeout=150s", "-test.v", fmt.Sprint("-histories=", histories))
	cmd.Dir = dir
	started := time.Now()
	out, _ := cmd.CombinedOutput()
	t.Logf("%v", time.Since(started).Round(time.Second))
	var names []string
	for _, line := range regexp.MustCompile(`(?m)^--- FAIL: (\w+)`).FindAllStringSubmatch(string(out), -1) {
		names = append(names, line[1])
	}
	if hung := regexp.MustCompile(`(?m)^panic: test timed out[^\0]*?running tests:\s+(\w+)`).FindStringSubmatch(string(out)); hung != nil {
		names = append(names, hung[1]+" (hangs)")
	}
	require.Regexp(t, `(?m)^(=== RUN|--- )`, string(out), "no test is called %q", run)
	return names
}
