package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.PowerLossStorage;
import io.epona.engine.PowerLossStorage.Lie;
import io.epona.engine.PowerLossStorage.PowerCut;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * One log over several power cuts, and what it should be. Of the records it had it remembers which are still promised:
 * a cut of its end takes the promise back for what lies above, from the moment it is asked for; whether it was done is
 * seen afterwards.
 */
final class PowerLossWorld
{
    /** What is done to the log beside appends; seeds of the plain kind are what they were before there were others. */
    enum Kind
    {
        PLAIN, CUTTING, COMPACTING, FAILING
    }

    /** A sync failed and the log was fenced: the process ends, and is started anew on the same machine. */
    private static final class Fenced extends RuntimeException
    {
        private static final long serialVersionUID = 1;
    }

    static final int CUTS = 5;
    private static final Path DATA = Path.of("/data");
    private static final Path DIRECTORY = DATA.resolve("t-3.abcd");
    private static final Path CHECKPOINT = DATA.resolve("checkpoint");
    private static final Path CLEAN = DATA.resolve("clean");
    private static final int KIB = 1024;
    private static final int KEYS = 12;
    private static final int PRODUCERS = 4;
    private static final long NONE = -1;

    private final long seed;
    private final Kind kind;
    private final PowerLossCoverage coverage;
    private final Random random;
    private final LogConfig config;
    private final List<Throwable> errors = new ArrayList<>();
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[8 * KIB]);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
    private final UnsafeBuffer batch = new UnsafeBuffer(new byte[64 * KIB]);
    private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
    /** By offset: what the record there holds, unique in the world. */
    private final LongArrayList tags = new LongArrayList();
    /** By offset: its key, and the base offset of its batch. */
    private final LongArrayList keys = new LongArrayList();
    private final LongArrayList bases = new LongArrayList();
    /** Last records of their keys that may be gone all the same: what came after them was cut. */
    private final LongHashSet superseded = new LongHashSet();
    /** Of each batch with a producer: its offset, producer and last sequence. */
    private final List<long[]> sequences = new ArrayList<>();
    private PowerLossStorage storage;
    private PartitionLog log;
    private long nextTag = 1;
    private long nowNs = 1_000_000_000L;
    private long committed;
    private long onDisk;
    private long logStart;
    private int epoch;
    /** While a cut is under way: where the log is to end, at the lowest and at the highest. */
    private long pendingLow = NONE;
    private long pendingHigh = NONE;
    private boolean isResetPending;

    PowerLossWorld(final long seed, final Kind kind, final Lie lie, final PowerLossCoverage coverage)
    {
        this.seed = seed;
        this.kind = kind;
        this.coverage = coverage;
        this.random = new Random(seed);
        this.storage = new PowerLossStorage(seed, lie);
        final FlushPolicy policy = FlushPolicy.values()[random.nextInt(FlushPolicy.values().length)];
        final LogConfig plain = new LogConfig(
            (random.nextBoolean() ? 64 : 128) * KIB, random.nextInt(3) == 0 ? -1 : 160L * KIB, 16 * KIB)
            .withFlush(policy, 1 + random.nextInt(1000));
        this.config = Kind.COMPACTING != kind ? plain :
            plain.withCleanup(CleanupPolicy.COMPACT, new LogConfig.Compaction(0, 0, 0.1), -1);
    }

    private LogContext context()
    {
        return new LogContext(
            storage, () -> nowNs, errors::add, (file, offset, position, length, reason) -> coverage.cuts++, null,
            new LogCleaner(1));
    }

    void run() throws IOException
    {
        use(PartitionLog.create(context(), DIRECTORY, LogFixture.TOPIC_ID, LogFixture.PARTITION, config));
        for (int i = 0; i < CUTS; i++)
        {
            storage.cutAfter(1 + random.nextInt(random.nextInt(10) == 0 ? 20 : 600));
            try
            {
                work();
            }
            catch (final PowerCut cut)
            {
                coverage.compacted += log.counters().compactedSegments();
                coverage.cutCompactions += storage.list(DIRECTORY).stream().anyMatch(
                    (file) -> file.toString().endsWith(CompactionFiles.CLEANED_SUFFIX) ||
                    file.toString().endsWith(CompactionFiles.SWAP_SUFFIX)) ? 1 : 0;
                storage = storage.restart(seed * 31 + i);
            }
            catch (final Fenced fenced)
            {
                coverage.restarts++;
                storage.failSyncs(0);
                errors.clear();
            }
            recover(i);
            verify();
            coverage.images++;
        }
    }

    private void use(final PartitionLog opened)
    {
        log = opened;
        log.appender().owner(Thread.currentThread());
        log.leaderEpoch(++epoch);
    }

    private void work() throws IOException
    {
        while (true)
        {
            final int dice = random.nextInt(100);
            if (dice < 60)
            {
                append();
            }
            else if (dice < 90)
            {
                nowNs += random.nextInt(10) == 0 ? 11_000_000_000L : random.nextInt(50_000_000);
                housekeep();
            }
            else if (dice < 96)
            {
                writeCheckpoint();
            }
            else if (dice == 96 && random.nextInt(8) == 0)
            {
                close();
            }
            else if (dice > 97 && Kind.FAILING == kind)
            {
                storage.failSyncs(1);
            }
            else if (dice > 97 && Kind.PLAIN != kind && random.nextInt(4) == 0)
            {
                truncate();
            }
        }
    }

    private void housekeep()
    {
        log.housekeep(nowNs);
        observe();
    }

    /** From here on it was said, and must be true. */
    private void observe()
    {
        if (FlushPolicy.COMMIT == config.flushPolicy())
        {
            coverage.committedRecords += Math.max(0, log.highWatermark() - committed);
            committed = Math.max(committed, log.highWatermark());
        }
        onDisk = Math.max(onDisk, log.checkpoint().recoveryPoint());
    }

    private void append()
    {
        storage.step();
        final int count = 1 + random.nextInt(4);
        final boolean isIdempotent = random.nextInt(3) == 0;
        final long producerId = random.nextInt(PRODUCERS);
        final boolean isKeyed = Kind.COMPACTING == kind;
        builder.begin(batch, 0, batch.capacity(), nowNs);
        if (isIdempotent)
        {
            builder.producer(producerId, (short)0, log.appender().lastSequence(producerId) + 1);
        }
        final long base = tags.size();
        for (int i = 0; i < count; i++)
        {
            final int length = 8 + random.nextInt(random.nextInt(8) == 0 ? 3000 : 300);
            value.setMemory(0, length, (byte)nextTag);
            value.putLong(0, nextTag + i);
            key.putLong(0, isKeyed ? random.nextInt(KEYS) : 0);
            keys.addLong(key.getLong(0));
            bases.addLong(base);
            assertTrue(builder.append(nowNs, key, 0, isKeyed ? Long.BYTES : -1, value, 0, length));
        }
        final int length = builder.finish();

        long result = log.appender().appendBatch(batch, 0, length, nowNs);
        for (int i = 0; i < 1000 && ResultCode.BACK_PRESSURED.code() == result; i++)
        {
            nowNs += 1_000_000;
            housekeep();
            result = log.appender().appendBatch(batch, 0, length, nowNs);
        }
        if (Kind.FAILING == kind && ResultCode.PARTITION_FENCED.code() == result)
        {
            throw new Fenced();
        }
        assertEquals(base, result);
        if (isIdempotent)
        {
            sequences.add(new long[]{ result, producerId, log.appender().lastSequence(producerId) });
        }
        for (int i = 0; i < count; i++)
        {
            tags.addLong(nextTag++);
        }
    }

    /** Cut the end somewhere, or begin anew, mostly near the end, and let the power go at any time of it. */
    private void truncate()
    {
        final long logEnd = tags.size();
        isResetPending = Kind.CUTTING == kind && random.nextInt(6) == 0;
        final LogTruncation truncation;
        if (isResetPending)
        {
            final long start = logEnd / 2 + random.nextInt((int)logEnd + 10);
            pendingLow = start;
            pendingHigh = start;
            truncation = log.reset(start);
        }
        else
        {
            final long length = logEnd - log.logStart();
            final long offset =
                logEnd - random.nextInt((int)(random.nextInt(4) == 0 ? length : Math.min(length, 60)) + 1);
            pendingHigh = offset == logEnd ? logEnd : bases.getLong((int)offset);
            // Where batches were put together a cut may go further down than to the batch that was appended.
            pendingLow = Kind.COMPACTING == kind ? log.logStart() : pendingHigh;
            truncation = log.truncate(offset);
        }
        for (int i = 0; i < 1000 && !truncation.isDone(); i++)
        {
            nowNs += 1_000_000;
            log.housekeep(nowNs);
        }
        assertTrue(truncation.poll());
        final long end = truncation.result();
        assertTrue(end >= pendingLow && end <= pendingHigh, () -> "cut at " + end + ", asked for " + pendingHigh);
        assertEquals(end, log.logEnd());
        if (end == logEnd && !isResetPending)
        {
            // Nothing was to be done, and nothing was forced for it.
            pendingLow = NONE;
            pendingHigh = NONE;
            return;
        }
        coverage.truncations++;
        coverage.resets += isResetPending ? 1 : 0;
        onCut(end, log);
        observe();
        if (random.nextBoolean())
        {
            log.leaderEpoch(++epoch);
        }
    }

    /** The promise does not go further any more. */
    private void onCut(final long end, final PartitionLog cut)
    {
        if (isResetPending)
        {
            sequences.clear();
            logStart = end;
            while (tags.size() < end)
            {
                tags.addLong(NONE);
                keys.addLong(NONE);
                bases.addLong(tags.size() - 1);
            }
        }
        onDisk = Math.min(onDisk, end);
        committed = Math.min(committed, end);
        if (Kind.COMPACTING == kind)
        {
            final boolean[] isSuperseded = new boolean[KEYS];
            for (int i = tags.size() - 1; i >= cut.logStart(); i--)
            {
                final int of = (int)keys.getLong(i);
                if (i < end && isSuperseded[of])
                {
                    superseded.add(i);
                    isSuperseded[of] = false;
                }
                else if (i >= end)
                {
                    isSuperseded[of] = true;
                }
            }
        }
        forgetFrom(end);
        if (Kind.COMPACTING == kind)
        {
            // Of the earlier batches of a producer whose last one was cut compaction may have left nothing.
            sequences.clear();
            for (int i = 0; i < PRODUCERS; i++)
            {
                sequences.add(new long[]{ end - 1, i, cut.appender().lastSequence(i) });
            }
        }
        pendingLow = NONE;
        pendingHigh = NONE;
        isResetPending = false;
    }

    private void forgetFrom(final long end)
    {
        while (tags.size() > end)
        {
            final int last = tags.size() - 1;
            tags.removeAt(last);
            superseded.remove(last);
        }
        while (keys.size() > end)
        {
            keys.removeAt(keys.size() - 1);
            bases.removeAt(bases.size() - 1);
        }
        sequences.removeIf((sequence) -> sequence[0] >= end);
    }

    private void writeCheckpoint() throws IOException
    {
        final LogCheckpoint state = log.checkpoint();
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[24]);
        bytes.putLong(0, state.recoveryPoint());
        bytes.putLong(8, state.logStart());
        bytes.putLong(16, state.hasProducers() ? 1 : 0);
        if (replace(CHECKPOINT, bytes))
        {
            log.onCheckpoint();
        }
    }

    /** False where it failed, as it may where it is made to. */
    private boolean replace(final Path file, final UnsafeBuffer bytes) throws IOException
    {
        try
        {
            storage.replace(file, bytes.byteArray());
            return true;
        }
        catch (final IOException ex)
        {
            if (Kind.FAILING != kind || !PowerLossStorage.FAULT.equals(ex.getMessage()))
            {
                throw ex;
            }
            return false;
        }
    }

    private void close() throws IOException
    {
        log.appender().owner(null);
        final CleanState state = log.closeClean();
        if (Kind.FAILING == kind && null == state)
        {
            throw new Fenced();
        }
        assertNotNull(state);
        onDisk = tags.size();
        writeCheckpoint();
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[40]);
        bytes.putLong(0, state.logEnd());
        bytes.putLong(8, state.lastEpoch());
        bytes.putLong(16, state.activeBaseOffset());
        bytes.putLong(24, state.activePosition());
        bytes.putLong(32, state.hasProducers() ? 1 : 0);
        replace(CLEAN, bytes);
        if (random.nextBoolean())
        {
            // Nothing more happens until the power goes.
            while (true)
            {
                storage.step();
            }
        }
        open();
    }

    /** Recovery itself may be cut too. */
    private void recover(final int life) throws IOException
    {
        while (true)
        {
            storage.cutAfter(random.nextInt(4) == 0 ? 1 + random.nextInt(40) : Integer.MAX_VALUE);
            storage.failSyncs(Kind.FAILING == kind ? random.nextInt(2) : 0);
            try
            {
                open();
                storage.failSyncs(0);
                storage.cutAfter(Integer.MAX_VALUE);
                return;
            }
            catch (final PowerCut cut)
            {
                coverage.cutRecoveries++;
                storage = storage.restart(seed * 31 + life + nextTag++);
            }
            catch (final IOException ex)
            {
                if (!PowerLossStorage.FAULT.equals(ex.getMessage()))
                {
                    throw ex;
                }
                coverage.restarts++;
            }
        }
    }

    private void open() throws IOException
    {
        CleanState clean = null;
        if (storage.exists(CLEAN))
        {
            final UnsafeBuffer bytes = new UnsafeBuffer(storage.read(CLEAN));
            storage.delete(CLEAN);
            storage.syncDirectory(DATA);
            clean = new CleanState(
                bytes.getLong(0), (int)bytes.getLong(8), bytes.getLong(16), (int)bytes.getLong(24),
                0 != bytes.getLong(32));
            coverage.cleanStarts++;
        }
        LogCheckpoint checkpoint = null;
        if (storage.exists(CHECKPOINT))
        {
            final UnsafeBuffer bytes = new UnsafeBuffer(storage.read(CHECKPOINT));
            checkpoint = new LogCheckpoint(bytes.getLong(0), bytes.getLong(8), 0 != bytes.getLong(16));
            coverage.partialScans += checkpoint.recoveryPoint() > 0 ? 1 : 0;
        }
        final PartitionLog opened = PartitionLog.open(
            context(), DIRECTORY, LogFixture.TOPIC_ID, LogFixture.PARTITION, config, clean, checkpoint);
        coverage.recycled += null == log ? 0 : (int)log.counters().recycledSegments();
        assertNull(opened.damage(), () -> opened.damage().message());
        use(opened);
    }

    private void verify()
    {
        final long logEnd = log.logEnd();
        final boolean isCut = pendingHigh >= 0 && logEnd >= pendingLow && logEnd <= pendingHigh &&
            (logEnd < tags.size() || isResetPending) && (!isResetPending || log.logStart() == logEnd);
        if (isCut)
        {
            coverage.pendingDone++;
            onCut(logEnd, log);
        }
        else if (pendingHigh >= 0)
        {
            coverage.pendingUndone++;
            pendingLow = NONE;
            pendingHigh = NONE;
            isResetPending = false;
        }
        assertTrue(logEnd <= tags.size(), () -> "ends at " + logEnd + ", never had more than " + tags.size());
        assertTrue(logEnd >= onDisk, () -> "ends at " + logEnd + ", on disk was " + onDisk);
        assertTrue(logEnd >= committed, () -> "ends at " + logEnd + ", acknowledged was " + committed);
        final boolean isRetaining = config.retentionBytes() >= 0 && Kind.COMPACTING != kind;
        assertTrue(
            log.logStart() == logStart || log.logStart() > logStart && isRetaining,
            () -> "begins at " + log.logStart() + ", should at " + logStart);
        coverage.lostRecords += tags.size() - logEnd;
        forgetFrom(logEnd);

        verifyBatches(logEnd);
        verifyRecords(logEnd);
        assertTrue(Kind.FAILING == kind || errors.isEmpty(), errors::toString);
    }

    private void verifyBatches(final long logEnd)
    {
        final ProducerStates producers = new ProducerStates();
        final History[] epochs = { History.EMPTY };
        final long[] next = { log.logStart() };
        try (LogReader reader = log.newReader())
        {
            while (reader.position() < logEnd)
            {
                final int read = reader.pollBatches(
                    (buffer, index, length, baseOffset, nextOffset) ->
                    {
                        for (int i = index; i < index + length; i += RecordBatchDescriptor.length(buffer, i))
                        {
                            assertEquals(next[0], RecordBatchDescriptor.baseOffset(buffer, i), "batches overlap");
                            next[0] = RecordBatchDescriptor.nextOffset(buffer, i);
                            producers.onBatch(buffer, i);
                            final int batchEpoch = RecordBatchDescriptor.leaderEpoch(buffer, i);
                            if (batchEpoch != epochs[0].lastEpoch())
                            {
                                epochs[0] = epochs[0].with(batchEpoch, RecordBatchDescriptor.baseOffset(buffer, i));
                            }
                        }
                        return true;
                    },
                    32 * KIB);
                log.serveReaders(nowNs);
                assertTrue(
                    read > 0 || 0 == read && reader.isWaiting(), () -> "read " + read + " at " + reader.position());
            }
        }

        assertEquals(epochs[0], log.epochs().history().trimmed(log.logStart()).truncated(logEnd));
        // Also of producers whose batches retention took.
        final long[] last = new long[PRODUCERS];
        Arrays.fill(last, NONE);
        sequences.forEach((sequence) -> last[(int)sequence[1]] = sequence[2]);
        for (int i = 0; i < last.length; i++)
        {
            assertEquals(last[i], log.appender().lastSequence(i), "of producer " + i);
            final ProducerState read = producers.state(i);
            assertTrue(null == read || read.lastSequence() == last[i]);
        }
    }

    private void verifyRecords(final long logEnd)
    {
        final boolean isCompacting = Kind.COMPACTING == kind;
        final LongHashSet found = new LongHashSet();
        try (LogReader reader = log.newReader())
        {
            assertEquals(0, reader.seekToEarliest());
            final long[] next = { log.logStart() };
            while (reader.position() < logEnd)
            {
                final int read = reader.poll(
                    (record) ->
                    {
                        assertTrue(isCompacting ? next[0] <= record.offset() : next[0] == record.offset());
                        assertEquals(
                            tags.getLong((int)record.offset()), record.buffer().getLong(record.valueIndex()),
                            () -> "not the record that was at offset " + record.offset());
                        next[0] = record.offset() + 1;
                        found.add(record.offset());
                    },
                    100);
                log.serveReaders(nowNs);
                assertTrue(
                    read > 0 || 0 == read && (isCompacting || reader.isWaiting()),
                    () -> "read " + read + " at " + next[0]);
            }
            assertTrue(isCompacting || next[0] == logEnd);
        }
        if (isCompacting)
        {
            final boolean[] isSeen = new boolean[KEYS];
            for (long offset = logEnd - 1; offset >= log.logStart(); offset--)
            {
                final int of = (int)keys.getLong((int)offset);
                final long lost = offset;
                assertTrue(
                    isSeen[of] || found.contains(offset) || superseded.contains(offset),
                    () -> "record " + lost + " is lost, the last one with key " + of);
                isSeen[of] = true;
            }
        }
    }
}
