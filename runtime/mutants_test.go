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

// mutant is the runtime without one of its mechanisms. The edits are made in a copy that an overlay shows to the compiler, scripts included:
// nothing in the runtime knows of them.
type mutant struct {
	name   string // what is taken out
	rule   string // section of the design
	edits  []edit
	killer string // a test that notices, as for -run
}

type edit struct{ file, old, new string }

var mutants = []mutant{
	{"stamp before the load (taken at the fill)", "6.2", []edit{{
		"load.go", "stored, err := tier.fill(", "if s, err := tier.read(f.over, nil, t); err == nil {\nseen.seq = s.seq\n}\nstored, err := tier.fill(",
	}}, "TestCopyOfALoadCountsFromBeforeTheLoad"},
	{"stamp before the load, without Redis", "6.2", []edit{{
		"load.go", "ttl := r.load(f, t, 0, stamp, out, load)", "ttl := r.load(f, t, 0, stamp, out, load)\nstamp = r.c.local.seq.Load()",
	}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"floor compared with the entry", "6.2", []edit{{"redis_read.go", "s.least = s.floor\n", "s.least = 0\n"}}, "TestRemadeStateInvalidatesEverything"},
	{"stamps of all tenants compared", "6.2", []edit{{
		"redis_read.go", "append(record[3:], table...)", "append(make([]any, len(fields)), table...)",
	}}, "TestInvalidation|TestNoTenantBypassesAndInvalidatesEverywhere"},
	{"missing record is stale", "6.1", []edit{{"redis.go", "return !s.apart && s.floor != 0 && s.fresh &&", "return !s.apart && s.fresh &&"}}, "TestRemadeStateInvalidatesEverything"},
	{"missing table is stale", "6.1", []edit{{"redis.go", "return !s.apart && s.floor != 0 && s.fresh &&", "return !s.apart && s.floor != 0 &&"}}, "TestLostStateIsAMiss"},
	{"table made again is stamped", "6.1", []edit{{"scripts/state.lua", "redis.call('HSET', T, '', text(seq))", "redis.call('HSET', T, '', '1')"}}, "TestRemadeStateInvalidatesEverything"},
	{"record made again has a new floor", "6.1", []edit{{"scripts/state.lua", "'floor', text(seq), 'server', here)\n    floor = seq", "'floor', '1', 'server', here)\n    floor = 1"}}, "TestRemadeStateInvalidatesEverything"},
	{"numbers follow the clock", "6.1", []edit{{"scripts/state.lua", "seq = math.max(now(), (tonumber(seq) or 0) + 1)", "seq = (tonumber(seq) or 0) + 1"}}, "TestNumbersFollowTheClock"},
	{"record of another server is made again", "6.1", []edit{{"scripts/state.lua", "and r[4] == here) then", ") then"}}, "TestFailoverHiddenByTheNextInvalidation"},
	{"a snapshot of state that was made again is taken again", "6.1", []edit{{"redis_claim.go", "return !s.fresh || s.floor != floor, nil", "if !s.fresh || s.floor != floor {\ns.seq, s.floor, s.least, s.fresh = number(reply[0]), floor, number(reply[0]), true\n}\nreturn false, nil"}}, "TestFenceOpenedWhileStateIsMade"},
	{"claims are renewed", "6.3", []edit{{"load.go", "time.NewTicker(claimLife / 3)", "time.NewTicker(claimLife * 1000)"}}, "TestLongLoadKeepsItsClaim"},
	{"fences are renewed", "6.5", []edit{{"fence.go", "case <-tick.C:", "case <-tick.C:\ncontinue"}}, "TestFenceOfALongWriteStands"},
	{"a fence that is lost while its write runs stands again", "6.5", []edit{{"scripts/hold.lua", "add_writer(m, ARGV[4])", ""}}, "TestFenceOfALongWriteStands"},
	{"a fence that stands again stamps", "6.5", []edit{{"scripts/hold.lua", "if gone then\n    if seq == before then", "if false then\n    if seq == before then"}}, "TestFenceThatStandsAgainInvalidates"},
	{"stamps come through where Redis is full", "6.1", []edit{{"scripts/state.lua", "  redis.call('PEXPIRE', A, keep)\n  if not longer then\n    redis.call('HSET', A, 'keep', text(keep))\n  end\n", "  redis.call('HSET', A, 'keep', text(keep))\n  redis.call('PEXPIRE', A, keep)\n"}}, "TestFullRedis"},
	{"a fill refused for memory gives up its claim", "6.3", []edit{{"load.go", "filled = !redis.HasErrorPrefix(err, \"OOM\")", "filled = true || redis.HasErrorPrefix(err, \"\")"}}, "TestFillRefusedForMemoryGivesUpItsClaim"},
	{"versions registered before a fill", "6.1", []edit{{"redis_claim.go", "for _, v := range own {\n\t\targs = append(args, v)", "for range own {\n\t\targs = args[:1]"}}, "TestExactInvalidationCoversAllLiveVersions"},
	{"conditional fill", "6.3", []edit{{"scripts/fill.lua", "redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1]", "false"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"claim keeps other loads away", "6.3", []edit{{"scripts/claim.lua", "if #e >= 24 then", "if false then"}}, "TestConcurrentMissesLoadOnce"},
	{"claim dated by the server", "6.3", []edit{{"scripts/claim.lua", "string.sub(ARGV[1], 1, 4) .. string.sub(pack(at), 5, 8)", "ARGV[1]"}}, "TestClaimDeliveredTwiceDoesNotComeBack"},
	{"exact invalidation deletes entry and claim", "6.3", []edit{{"redis_stamp.go", "old = append(old, key)", "old = old[:0]"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"delete before stamp", "6.3", []edit{{
		"redis_stamp.go", "news, err := t.stamp(ctx, shard(s.tenant), s, m, hold, old, p)",
		"news, err := t.stamp(ctx, shard(s.tenant), s, m, hold, nil, p)\nif err == nil && len(old) > 0 {\nerr = t.delete(ctx, old, p)\n}",
	}}, "TestEntryIsGoneBeforeItsInvalidationIsAnnounced"},
	{"exact invalidation stamps its path in a cluster", "6.3", []edit{{"redis_stamp.go", "if t.cluster && m == modeStamp {", "if false && t.cluster && m == modeStamp {"}}, "TestClusterFailoverThatForgetsAnInvalidation"},
	{"versions learnt from the stamp", "6.3", []edit{{"redis_stamp.go", "if t.learn(prefix, version) {\n\t\t\tnews = true", "if t.learn(prefix, version) {\n\t\t\tnews = false"}}, "TestExactInvalidationCoversAllLiveVersions"},
	{"copy of an entry counts from before it was read", "6.3", []edit{{
		"redis_read.go", "s.ttl, s.copy = r.ttl.Val(), applied", "s.ttl, s.copy = r.ttl.Val(), view.applied.Load()",
	}}, "TestCopyCountsFromBeforeItsEntryWasRead"},
	{"copy of a load carries the load's stamp", "6.3", []edit{{
		"load.go", "r.keep(r.c.hung(t, out.tags), seen.seq, ttl, out.payload, out.value)", "r.keep(t, r.c.local.views[t.shard].applied.Load(), ttl, out.payload, out.value)",
	}}, "TestCopyOfALoadCountsFromBeforeTheLoad"},
	{"stripes compared", "6.4", []edit{{"local.go", " || l.stripes.in(int(e.shard)).stale(e.stripes, e.stamp)", ""}}, "TestLocalCopyHearsOfOthersInvalidations"},
	{"stripes of all tenants compared", "6.4", []edit{{"stripes.go", "if m.every.Load() <= stamp {", "if true {"}}, "TestLocalCopyHearsOfOthersInvalidations"},
	{"stripes of a shard of their own", "6.4", []edit{{"local.go", "l.stripes.raise(shard, s.tenant, field, seq)", "for shard := range shardCount {\nl.stripes.raise(shard, s.tenant, field, seq)\n}"}}, "TestInvalidationsOfOtherShardsCostNoCopies"},
	{"lease", "6.4", []edit{{"local.go", " || int64(now) >= v.lease.Load()", ""}}, "TestCutOffProcessStopsAnsweringFromCopies"},
	{"lease counts from the request", "6.4", []edit{{"follow.go", "until := int64(sent + f.staleness)", "until := int64(0*sent + f.local.now() + f.staleness)"}}, "TestLeaseCountsFromTheRequest"},
	{"no lease while behind", "6.4", []edit{{"follow.go", "case seq <= applied:", "case seq > 0:\nv.lease.Store(until)\nbehind[n] = seq\ncase seq == 1:"}}, "TestProcessThatIsBehindHasNoLease"},
	{"a lease for what has been caught up with", "6.4", []edit{{"follow.go", "if v.applied.Load() >= seq {", "if false {"}}, "TestBusyShardKeepsItsLease"},
	{"no lease from a demoted master", "6.4", []edit{{"follow.go", `answer[0] != "master"`, `answer[0] == "no such role"`}}, "TestDemotedMasterLendsNoLease"},
	{"copies from before a new floor are void", "6.4", []edit{{"follow.go", "raise(&v.least, seq)\n\t\t\traise(&v.seen, seq)\n\t\t\tv.applied.Store(seq)", "raise(&v.seen, seq)\n\t\t\tv.applied.Store(seq)"}}, "TestCutOffProcessMissesNothing"},
	{"gap between messages", "6.4", []edit{{"follow.go", "case before > applied:", "case false:"}}, "TestCutOffProcessMissesNothing"},
	{"gap before the counter", "6.4", []edit{{"follow.go", "raise(&v.least, seq)\n\t\t\tv.applied.CompareAndSwap(applied, seq)", "v.applied.CompareAndSwap(applied, seq)"}}, "TestGapInTheLogEmptiesTheLocalTier|TestCutOffProcessMissesNothing"},
	{"own stripes raised", "6.4", []edit{{"redis_stamp.go", "t.local.raise(n, s, seq)\n", ""}, {"redis_stamp.go", "v.applied.CompareAndSwap(before, seq)", "_ = before"}}, "TestProcessReadsItsOwnWrites"},
	{"regression noticed by a read", "6.4", []edit{{"redis_read.go", "if s.floor != 0 && s.seq < seen {", "if false && s.seq < seen {"}}, "TestStateRestoredFromADump"},
	{"regression noticed by the follower", "6.4", []edit{{"follow.go", "case seq < before[i]:", "case seq == 1:"}, {"follow.go", "case before < applied:", "case before == 1:"}}, "TestFollowerNoticesAFailover"},
	{"regression raises the floor for all", "6.4", []edit{{"scripts/raise.lua", "if floor <= seen then", "if false then"}}, "TestStateRestoredFromADump"},
	{"fence stands before the write", "6.5", []edit{{"redis_read.go", "text, _, fenced = strings.Cut(text, \";\")", "text, _, _ = strings.Cut(text, \";\")"}}, "TestNothingCachedAnswersBehindAFence"},
	{"fence of every writer counts", "6.5", []edit{{"scripts/state.lua", "if m.writers[i] == writer then", "if m.writers[i] then"}}, "TestFenceStandsUntilItsLastWriterCloses"},
	{"fences name their writers", "6.5", []edit{{"scripts/state.lua", "if m.writers[i] == writer then", "if i == #m.writers then"}}, "TestCloseDeliveredTwiceClosesOneFence|TestFenceStandsUntilItsLastWriterCloses"},
	{"closing stamps", "6.5", []edit{{"scripts/stamp.lua", "print_mark(seq, m, at))\nend\n\nlocal words", "print_mark(mode == 'close' and m.stamp or seq, m, at))\nend\n\nlocal words"}}, "TestFenceThatWasLostInvalidatesAtItsEnd"},
	{"table looked at again after the record", "6.5", []edit{{"redis_claim.go", "if !t.cluster {\n\t\treturn t.claimEntry(", "if true {\n\t\treturn t.claimEntry("}}, "TestRedirectedReadSeesTheFence"},
	{"table looked at again after the record, by a batch", "6.5", []edit{{"batch_redis.go", "if t.cluster {\n\t\tfields", "if false && t.cluster {\n\t\tfields"}}, "TestRedirectedBatchSeesTheFence"},
	{"reads behind a fence join nothing", "6.6", []edit{{"flight.go", "case t.result == nil && !seen.apart && f.stamp", "case t.result == nil && f.stamp"}}, "TestReadBehindAFenceJoinsNoLoadFromBeforeTheCommit"},
	{"settling refuses fills", "6.5", []edit{{"scripts/stamp.lua", "m.settled = math.max(m.settled, at + hold)", "m.settled = 0"}}, "TestSettleRefusesFills"},
	{"flights from before an invalidation are not joined", "6.6", []edit{{"flight.go", "case t.result == nil && !seen.apart && f.stamp >= seen.least && (seen.final || f.claim != 0 && f.claim == seen.entry.claim):", "case true:"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"a flight is joined only if its claim stands", "6.6", []edit{{"flight.go", "f.claim != 0 && f.claim == seen.entry.claim", "f.claim != 0"}}, "TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt"},
	{"prefixes of tags registered before a fill", "6.1", []edit{{"tags.go", "t.own = append(t.own, prefix, tagMark)", "_ = tagMark"}}, "TestTagOfAResult"},
	{"tags of arguments compared", "6.2", []edit{{"redis_read.go", "fields, at := target.all()", "fields, at := target.fields"}}, "TestTagOfAnArgument"},
	{"tags of results compared", "6.2", []edit{{"redis_read.go", "if len(s.entry.tags) > 0 {", "if false {"}}, "TestTagOfAResult"},
	{"stripes trusted only up to what was applied", "6.2", []edit{{"tags.go", "v.applied.Load() >= s.seq && s.entry.stamp >= v.least.Load()", "v != nil"}}, "TestTagOfAResult"},
	{"stripes trusted only from where they begin", "6.2", []edit{{"tags.go", "v.applied.Load() >= s.seq && s.entry.stamp >= v.least.Load()", "v.applied.Load() >= s.seq"}}, "TestTagsFromBeforeTheLogWasFollowed"},
	{"tags are not read from an older state", "6.2", []edit{{"tags.go", "case now.seq < ask[0].seq:", "case now.seq < 0:"}}, "TestTagsOfAnOlderState|TestBatchWithTagsOfAnOlderState"},
	{"copies hang on the tags of their results", "6.4", []edit{{"tags.go", "copy.stripes = merged(t.stripes, tags)", "_ = tags"}}, "TestTagOfAResult"},
	{"fence on a tag seen before a fill", "6.5", []edit{{"tags.go", "now.fresh && !fenced && least <= l.stamp", "now.fresh && (fenced || true) && least <= l.stamp"}}, "TestFenceOnATag"},
	{"a fence on a tag that has lapsed is closed before a fill", "6.5", []edit{{"tags.go", "if err == nil && now.fenced() {", "if false {"}}, "TestFenceOnATagThatHasLapsed|TestBatchWithAFenceOnATagThatHasLapsed"},
	{"tags of the arguments of an item compared", "6.2", []edit{{"batch_redis.go", "own := target.all()", "own := target.fields"}}, "TestBatchItemsHangOnTags"},
	{"tags of the result of an item compared", "6.2", []edit{{"batch_redis.go", "t.tagged(ctx, b, targets,", "t.tagged(ctx, b, nil,"}}, "TestBatchItemsHangOnTags"},
	{"tags of an item looked at before a fill", "6.2", []edit{{"batch_tags.go", "if may[i] {", "if may[i] || true {"}}, "TestBatchWithAFenceOnATag"},
	{"copies of items hang on the tags of their results", "6.4", []edit{{"batch_find.go", "c.read.keep(t.with(tags), stamp", "_ = tags\nc.read.keep(&t, stamp"}}, "TestBatchItemsHangOnTags"},
	{"a flight whose tags are not known is not joined", "6.6", []edit{{"flight.go", "case t.result == nil && !seen.apart", "case !seen.apart"}}, "TestLoadWithTagsFromBeforeAnInvalidation|TestReadBehindAFenceOnATagJoinsNoLoad"},
	{"a scope that is too deep for entries is the deepest they know", "6.2", []edit{{"key.go", "path = path[:deepest(path)]", "_ = deepest"}}, "TestDeepAndLongPathsAreReached"},
	{"many tags of a prefix are the prefix", "6.1", []edit{{"scripts/stamp.lua", "stamp('e', prefix .. ':*', true)", "local _ = prefix"}}, "TestManyTagsAreTheirPrefix"},
	{"one server deletes and stamps in one script", "6.3", []edit{{
		"redis_stamp.go", "keys := append(t.state(n, s.tenant), first...)",
		"keys := t.state(n, s.tenant)\nif err := t.delete(ctx, first, p); err != nil {\nreturn false, err\n}",
	}}, "TestLatePutDuringAnInvalidation"},
	{"of puts that overlap none is stored", "6.3", []edit{{"scripts/reserve.lua", "if held_by_write(e, at) then", "if false then"}}, "TestPutsThatOverlap"},
	{"of puts that overlap none is stored, without Redis", "6.3", []edit{{"put.go", "other.overlapped.Store(true)", "_ = other"}}, "TestPutsThatOverlap"},
	{"a put that is refused invalidates", "6.3", []edit{{"put.go", "p.r.counts.fillsRefused.Add(1)\n\t\treturn stale{}", "p.r.counts.fillsRefused.Add(1)\n\t\treturn stale{tenant: p.tenant, entries: []string{p.path}}"}}, "TestPutsThatOverlap"},
	{"a put looks for what has overtaken it", "6.3", []edit{{"scripts/put.lua", "if value and (", "if false and ("}}, "TestPutThatWasOvertaken"},
	{"a put looks for what has overtaken it, without Redis", "6.3", []edit{{"put.go", " || l.stripes.in(0).stale(t.stripes, p.since)", ""}}, "TestPutThatWasOvertaken"},
	{"a late put looks at the log", "6.3", []edit{{"scripts/put.lua", "if late then", "if false then"}}, "TestPutThatWasOvertaken"},
	{"a late put notices gaps in the log", "6.3", []edit{{"scripts/put.lua", "if tonumber(m.p) ~= before then", "if false then"}}, "TestLatePutNeedsTheLog"},
	{"a put notices lost state", "6.3", []edit{{"scripts/put.lua", "if floor > since or redis.call('EXISTS', T) == 0 then", "if false then"}}, "TestPutThatLostItsState"},
	{"reads go past a write that will put", "6.3", []edit{{"scripts/claim.lua", "if held_by_write(e, at) then", "if false then"}}, "TestReadsDuringAPut"},
	{"batches go past a write that will put", "6.3", []edit{{"batch_load.go", "case claim.state == claimWritten:", "case claim.state < 0:"}}, "TestBatchDuringAPut"},
	{"a put looks for what has overtaken its tags", "6.3", []edit{{"put.go", "union(slices.Clip(target.all()), tagFields(tags))", "union(slices.Clip(target.all()), nil)"}}, "TestPutWhoseTagWasOvertaken"},
	{"a put looks for what has overtaken the tags of arguments", "6.3", []edit{{"put.go", "p.r.tag(p.t, &tags[0], nil)", "_ = tags"}}, "TestPutWhoseTagWasOvertaken"},
	{"a put looks for what has overtaken its tags, without Redis", "6.3", []edit{{"put.go", "t := p.r.c.hung(p.t, p.tags)\n\tif p.held.ongoing", "t := p.t\n\tif p.held.ongoing"}}, "TestPutWhoseTagWasOvertaken|TestPutHangsOnTags"},
	{"what was put carries its tags", "6.2", []edit{{"put.go", "stamp, p.tags, payload", "stamp, nil, payload"}}, "TestPutHangsOnTags"},
	{"the copy of what was put hangs on its tags", "6.4", []edit{{"put.go", "p.r.keep(t, stamp, ttl", "p.r.keep(p.t, stamp, ttl"}}, "TestPutHangsOnTags"},
	{"a put in a transaction invalidates", "4", []edit{{"put.go", "txOf(i.ctx).running() || ", ""}}, "TestPutInATransaction"},
	{"stamps of each item of a batch compared", "6.2", []edit{{"batch_redis.go", "fresh: table[0] != nil, least: least}", "fresh: table[0] != nil, least: min(least, floor)}"}}, "TestBatchItemsAreInvalidatedOneByOne"},
	{"a batch loads what it has claimed before it waits", "6.3", []edit{{
		"batch_load.go", "ready, left, wait := c.claim(over, list, by)\n",
		"ready, left, wait := c.claim(over, list, by)\nif len(ready) > 0 && len(left) > 0 {\nready, left, wait = nil, append(left, ready...), true\n}\n",
	}}, "TestBatchesOfTwoProcessesWaitForEachOther"},
	{"not found in a batch is not the single read's answer", "6.3", []edit{{"batch_call.go", "return []byte{payloadAbsent}\n", "return []byte{payloadNil}\n"}}, "TestBatchRemembersNotFoundPerItem"},
	{"nothing cached answers for an item behind a fence", "6.5", []edit{{"batch_redis.go", "if fenced {\n\t\t\t\tcontinue", "if fenced && false {\n\t\t\t\tcontinue"}}, "TestBatchWithAnItemBehindAFence"},
	{"the error of a batch is its own", "6.6", []edit{{"batch_load.go", "out := outcome{source: SourceLoad, batch: true}", "out := outcome{source: SourceLoad}"}}, "TestBatchErrorIsNotThatOfAWaitingSingleRead"},
	{"what Redis has not accepted is not answered", "retry", []edit{{"retry.go", "c.local.blocked.add(c.local.stripes.of(fresh))", "_ = fresh"}}, "TestFailedInvalidationIsRetried"},
	{"a failed invalidation is retried", "retry", []edit{{"retry.go", "c.work.Go(c.retry)", "_ = c.retry"}}, "TestFailedInvalidationIsRetried|TestCloseDrainsRetries"},
	{"reads in a transaction bypass", "4", []edit{{"method.go", "if s.tx != nil && s.tx.running() {", "if false {"}}, "TestTransaction"},
	{"invalidations wait for the commit", "4", []edit{{"write.go", "if tx := txOf(i.ctx); tx != nil && tx.adopt(i) {", "if tx := txOf(i.ctx); tx != nil && false && tx.adopt(i) {"}}, "TestTransaction"},
}

// consistencyTests are run for the table; what they leave out says nothing of consistency, or is slow and said by others.
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
