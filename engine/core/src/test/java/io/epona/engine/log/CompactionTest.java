package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CompactionTest
{
    private static final int KIB = 1024;
    private static final long HOUR_NS = TimeUnit.HOURS.toNanos(1);
    private static final long FOREVER_NS = Long.MAX_VALUE;

    @TempDir
    private Path temp;

    private static LogConfig config(
        final CleanupPolicy policy, final long retentionBytes, final long deleteRetentionMs, final long lagMs)
    {
        return new LogConfig(128 * KIB, retentionBytes, 32 * KIB)
            .withCleanup(policy, new LogConfig.Compaction(deleteRetentionMs, lagMs, 0.3), -1);
    }

    private CompactionModel model(final String name, final LogConfig config, final long seed) throws IOException
    {
        return new CompactionModel(new LogFixture(temp.resolve(name), config).create(), seed);
    }

    @Test
    void shouldKeepTheLastRecordOfEachKey() throws IOException
    {
        final CompactionModel model = model("t", config(CleanupPolicy.COMPACT, -1, HOUR_NS / 1_000_000, 0), 1);
        model.append(1000);
        model.nextEpoch();
        model.append(10);
        model.nextEpoch();
        model.append(1000);
        final long before = model.log.log.counters().sizeBytes();
        model.pass(11);
        model.verify(HOUR_NS);
        final long clean = model.verifyCompacted();
        assertTrue(clean > model.size() / 2, "clean to " + clean);
        assertTrue(model.log.log.counters().compactedSegments() > 0);
        assertTrue(model.log.log.counters().sizeBytes() < before / 2);
        assertEquals(0, model.log.log.logStart());

        // everything again: what was compacted is compacted together with what came later
        model.append(1000);
        model.pass(11);
        model.verify(HOUR_NS);
        assertTrue(model.verifyCompacted() > clean);
        model.reopen(true);
        model.verify(HOUR_NS);
        model.reopen(false);
        model.verify(HOUR_NS);
        model.verifyCompacted();
        model.verifyNoLeftovers();
        assertEquals(List.of(), model.log.errors);
        assertEquals(List.of(), model.log.cuts);
    }

    /** A broker does not know the settings of a topic that was deleted while it was down. */
    @Test
    void shouldOpenWhatWasCompactedWhateverTheTopicIs() throws IOException
    {
        final CompactionModel model = model("t", config(CleanupPolicy.COMPACT, -1, HOUR_NS / 1_000_000, 0), 1);
        model.append(2000);
        model.pass(11);
        model.log.config = new LogConfig(128 * KIB, -1, 32 * KIB);
        model.reopen(false);
        assertNull(model.log.log.damage());
        model.checkEnd();
        assertEquals(List.of(), model.log.errors);
    }

    @Test
    void shouldDropTombstonesAfterTheirTimeOnly() throws IOException
    {
        final CompactionModel model = model("t", config(CleanupPolicy.COMPACT, -1, HOUR_NS / 1_000_000, 0), 2);
        model.log.nowNs += 100 * HOUR_NS;
        model.append(1500);
        model.pass(11);
        model.verify(FOREVER_NS);
        // The clock goes back, and comes again.
        model.log.nowNs -= 5 * HOUR_NS;
        model.append(600);
        model.pass(11);
        model.verify(FOREVER_NS);
        model.log.nowNs += 5 * HOUR_NS;
        model.pass(1800);
        model.verify(FOREVER_NS);
        model.pass(2 * 3600);
        model.append(1500);
        model.pass(11);
        model.verify(HOUR_NS);
        model.pass(2 * 3600);
        model.verify(HOUR_NS);
        model.verifyCompacted();
        assertEquals(List.of(), model.log.errors);
    }

    @Test
    void shouldLeaveYoungRecordsAlone() throws IOException
    {
        final CompactionModel model = model("t", config(CleanupPolicy.COMPACT, -1, 0, 60_000), 3);
        model.append(1000);
        model.pass(20);
        assertEquals(0, model.log.log.counters().compactedSegments());
        assertEquals(0, model.verifyCompacted());
        model.pass(60);
        assertTrue(model.log.log.counters().compactedSegments() > 0);
        model.verify(0);
        assertTrue(model.verifyCompacted() > 0);
    }

    @Test
    void shouldTakeSeveralPassesWhereKeysDoNotFit() throws IOException
    {
        final LogFixture log = new LogFixture(temp.resolve("t"), config(CleanupPolicy.COMPACT, -1, HOUR_NS, 0));
        // one chunk of slots, three quarters full
        log.cleaner = new LogCleaner(1);
        log.create();
        final int keys = CompactionMap.CHUNK_SLOTS * 2;
        final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < keys; i++)
            {
                key.putInt(4, i);
                long result;
                do
                {
                    result = log.appender.append(log.nowNs, key, 0, 16, key, 0, 8);
                    log.housekeep();
                }
                while (result < 0);
            }
        }
        log.nowNs += 11_000_000_000L;
        log.settle();
        log.nowNs += 2_000_000_000L;
        log.settle();
        final CompactionProgress progress = new CompactionProgress(log.storage, log.directory);
        progress.load();
        assertTrue(progress.cleanEnd() > keys, "clean to " + progress.cleanEnd());
        final BitSet seen = new BitSet();
        final int[] duplicates = new int[1];
        try (LogReader reader = log.log.newReader())
        {
            while (log.poll(
                reader,
                (record) ->
                {
                    final int number = record.buffer().getInt(record.keyIndex() + 4);
                    assertEquals(record.offset() % keys, number);
                    if (record.offset() < progress.cleanEnd() && seen.get(number))
                    {
                        duplicates[0]++;
                    }
                    seen.set(number);
                },
                1000) > 0)
            {
                assertTrue(reader.position() <= 2L * keys);
            }
        }
        assertEquals(0, duplicates[0]);
        assertEquals(keys, seen.cardinality());
        assertEquals(List.of(), log.errors);
    }

    /** Random appends, time, epochs, retention, orderly and disorderly ends, and the model after each. */
    private void random(final long seed, final int steps) throws IOException
    {
        final boolean isDeleting = 0 == (seed & 1);
        final CompactionModel model = model("r" + seed, config(
            isDeleting ? CleanupPolicy.COMPACT_DELETE : CleanupPolicy.COMPACT,
            isDeleting ? 500 * KIB : -1,
            TimeUnit.MINUTES.toMillis(2),
            0 == seed % 3 ? 5000 : 0), seed);
        for (int i = 0; i < steps; i++)
        {
            switch (model.random(8))
            {
                case 0 -> model.reopen(true);
                case 1 -> model.reopen(false);
                case 2 -> model.nextEpoch();
                case 3, 4 -> model.pass(model.random(100));
                case 5 ->
                {
                    // somewhere in the middle of it
                    model.log.nowNs += 12_000_000_000L;
                    for (int k = model.random(60); k > 0; k--)
                    {
                        model.log.housekeep();
                    }
                }
                default -> model.append(model.random(400));
            }
            model.checkEnd();
            model.verify(TimeUnit.MINUTES.toNanos(2));
        }
        model.pass(20);
        model.verify(TimeUnit.MINUTES.toNanos(2));
        model.verifyCompacted();
        assertEquals(List.of(), model.log.errors);
        assertEquals(List.of(), model.log.cuts);
    }

    @ParameterizedTest
    @ValueSource(longs = { 10, 11, 12, 13 })
    void shouldAgreeWithTheModel(final long seed) throws IOException
    {
        random(seed, 40);
    }

    @Test
    @Tag("slow")
    void shouldAgreeWithTheModelForLong() throws IOException
    {
        for (long seed = 1000; seed < 1060; seed++)
        {
            random(seed, 120);
        }
    }

    /** Compaction leaves of a producer the header of its last batch; that has to do, with and without snapshots. */
    @Test
    void shouldKnowProducersAfterACompactionAndARestart() throws IOException
    {
        final CompactionModel model = model("t", config(CleanupPolicy.COMPACT, -1, HOUR_NS / 1_000_000, 0), 5);
        long compacted = 0;
        for (int round = 0; round < 8; round++)
        {
            model.append(400);
            model.pass(11);
            compacted += compacted(model);
            final boolean isClean = 0 == (round & 1);
            final CleanState state = isClean ? model.log.close() : null;
            if (round >= 4)
            {
                for (final Path file : model.log.storage.list(model.log.directory))
                {
                    if (ProducerSnapshot.offsetOf(file) >= 0)
                    {
                        model.log.storage.delete(file);
                    }
                }
            }
            model.log.cleaner = new LogCleaner(4 << 20);
            model.log.open(state);
            model.verify(HOUR_NS);
            model.verifyProducers();
            assertEquals(isClean && round >= 4, !model.log.errors.isEmpty(), () -> model.log.errors.toString());
            model.log.errors.clear();
        }
        assertTrue(compacted > 8, compacted + " segments");
        model.verifyCompacted();
    }

    /** Build the same log, let a compaction of it crash after so many changing operations; false where it did not. */
    private boolean crashAfter(final int operations, final long seed, final int batches) throws IOException
    {
        final LogConfig config = config(CleanupPolicy.COMPACT, -1, 0, 0);
        final CompactionModel model = model("c" + seed + "-" + operations, config, seed);
        model.append(batches);
        model.nextEpoch();
        model.append(batches);
        model.log.storage.crashAfter(operations);
        model.log.nowNs += 12_000_000_000L;
        boolean isCrashed = false;
        for (int i = 0; i < 2000 && !isCrashed; i++)
        {
            model.log.nowNs += 5_000_000;
            model.log.housekeep();
            isCrashed = !model.log.errors.isEmpty();
        }
        model.verify(0);

        // Killed: nothing is closed, the files are as they are. The next life may be killed on its way up too.
        model.log.storage.heal();
        final LogFacts killed = new LogFacts(false, null, LogFacts.UNKNOWN, 0);
        final LogSummary seen = new LogInspector(
            model.log.directory, LogFixture.TOPIC_ID, LogFixture.PARTITION, killed, LogVisitor.NONE).inspect();
        assertFalse(seen.isDamaged(), () -> "after " + operations + ": " + seen.findings());
        assertEquals(model.log.log.logEnd(), seen.logEnd());
        if (isCrashed)
        {
            model.log.errors.clear();
            model.log.storage.crashAfter(operations % 7);
            try
            {
                model.reopen(false);
            }
            catch (final IOException ex)
            {
                assertTrue(ex.getMessage().startsWith("injected"), ex.getMessage());
            }
        }
        model.log.storage.heal();
        model.log.errors.clear();
        model.reopen(false);
        model.checkEnd();
        model.verify(0);
        model.pass(12);
        model.verify(0);
        assertTrue(model.verifyCompacted() > 0);
        model.verifyNoLeftovers();
        assertEquals(List.of(), model.log.errors);
        assertEquals(List.of(), model.log.cuts);

        return isCrashed;
    }

    private void crashAtEveryOperation(final long seed, final int batches, final int least) throws IOException
    {
        int operations = 0;
        while (crashAfter(operations, seed, batches))
        {
            operations++;
        }
        assertTrue(operations > least, operations + " operations");
    }

    @Test
    void shouldBeWholeAfterACrashAtEveryOperation() throws IOException
    {
        crashAtEveryOperation(21, 130, 15);
    }

    @Test
    @Tag("slow")
    void shouldBeWholeAfterACrashAtEveryOperationOfLongLogs() throws IOException
    {
        for (long seed = 22; seed < 28; seed++)
        {
            crashAtEveryOperation(seed, 700, 60);
        }
    }

    /**
     * Readers on other threads while segments are replaced under them: what they are given is what was appended, in
     * rising order, and what they are not given was superseded by something that comes later.
     */
    @Test
    void shouldReplaceSegmentsUnderReaders() throws Exception
    {
        final CompactionModel model = model("t", config(CleanupPolicy.COMPACT, -1, HOUR_NS / 1_000_000, 0), 31);
        model.append(300);
        final AtomicBoolean isStopping = new AtomicBoolean();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final AtomicInteger rounds = new AtomicInteger();
        final Thread[] threads = new Thread[2];
        for (int i = 0; i < threads.length; i++)
        {
            threads[i] = new Thread(() -> readRounds(model, isStopping, rounds, failure));
            threads[i].start();
        }
        // A pass ends where it waits for a reader that is inside a poll, and the next one goes on with it.
        for (int i = 0; i < 200 && null == failure.get() && (i < 12 || compacted(model) <= 10); i++)
        {
            model.append(300);
            model.pass(11);
        }
        final int before = rounds.get();
        while (rounds.get() < before + 2 * threads.length && null == failure.get())
        {
            // They may be waiting for a segment that is not mapped any more.
            model.log.log.serveReaders(model.log.nowNs);
        }
        isStopping.set(true);
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertNull(failure.get());
        assertTrue(compacted(model) > 10, () -> "compacted " + compacted(model));
        model.verify(HOUR_NS);
        model.verifyCompacted();
        assertEquals(List.of(), model.log.errors);
    }

    private static long compacted(final CompactionModel model)
    {
        return model.log.log.counters().compactedSegments();
    }

    /** Read from the start to the end again and again: the last value that is seen of a key is never an old one. */
    private static void readRounds(
        final CompactionModel model,
        final AtomicBoolean isStopping,
        final AtomicInteger rounds,
        final AtomicReference<Throwable> failure)
    {
        final Map<Integer, Long> lastOfRound = new HashMap<>();
        try (LogReader reader = model.log.log.newReader())
        {
            while (!isStopping.get())
            {
                assertEquals(0, reader.seekToEarliest());
                final Map<Integer, Long> seen = new HashMap<>();
                final long[] last = { -1 };
                // To the end of this moment: what replaced a record may have been appended after the round began.
                while (reader.position() < model.log.log.highWatermark())
                {
                    final int result = reader.poll(
                        (record) ->
                        {
                            assertTrue(record.offset() > last[0]);
                            last[0] = record.offset();
                            seen.put(record.buffer().getInt(record.keyIndex()), record.offset());
                        },
                        11);
                    assertTrue(result >= 0, "poll refused");
                }
                // No tombstone is old enough to go: every key of the round before is there, not older than then.
                lastOfRound.forEach(
                    (key, offset) -> assertTrue(seen.getOrDefault(key, -1L) >= offset, "key " + key + " went back"));
                lastOfRound.putAll(seen);
                rounds.incrementAndGet();
            }
        }
        catch (final Throwable ex)
        {
            failure.set(ex);
        }
    }
}
