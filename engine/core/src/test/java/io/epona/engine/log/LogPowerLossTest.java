package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.PowerLossStorage;
import io.epona.engine.PowerLossStorage.PowerCut;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Power cuts at random moments, several in the life of a log. What is found afterwards must be a prefix of what the
 * log had, with no byte of anything that was cut before, and it must hold all that was said to be on disk.
 */
class LogPowerLossTest
{
    private static final Path DATA = Path.of("/data");
    private static final Path DIRECTORY = DATA.resolve("t-3.abcd");
    private static final Path CHECKPOINT = DATA.resolve("checkpoint");
    private static final Path CLEAN = DATA.resolve("clean");
    private static final int KIB = 1024;
    private static final int CUTS = 5;

    @Test
    void shouldRecoverAPrefixAfterAnyPowerCut() throws IOException
    {
        final Coverage coverage = run(0, 100);
        assertEquals(100 * CUTS, coverage.images);
        assertTrue(coverage.cuts > 20, coverage::toString);
        assertTrue(coverage.lostRecords > 1000, coverage::toString);
        assertTrue(coverage.partialScans > 20, coverage::toString);
        assertTrue(coverage.recycled > 20, coverage::toString);
        assertTrue(coverage.cleanStarts > 5, coverage::toString);
        assertTrue(coverage.cutRecoveries > 5, coverage::toString);
        assertTrue(coverage.committedRecords > 1000, coverage::toString);
    }

    @Test
    @Tag("slow")
    void shouldRecoverAPrefixFromTenThousandImages() throws IOException
    {
        assertEquals(10_000, run(1_000, 10_000 / CUTS).images);
    }

    private static Coverage run(final long firstSeed, final int count) throws IOException
    {
        final Coverage coverage = new Coverage();
        for (long seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                new World(seed, coverage).run();
            }
            catch (final AssertionError | RuntimeException ex)
            {
                throw new AssertionError("seed " + seed + ": " + ex.getMessage(), ex);
            }
        }

        return coverage;
    }

    /** What happened at all: a test of cuts that never met a torn tail would prove nothing. */
    private static final class Coverage
    {
        private int images;
        private int cuts;
        private int partialScans;
        private int recycled;
        private int cleanStarts;
        private int cutRecoveries;
        private long lostRecords;
        private long committedRecords;

        @Override
        public String toString()
        {
            return images + " images, " + cuts + " cuts of tails, " + partialScans + " scans from a recovery point, " +
                recycled + " reused files, " + cleanStarts + " clean starts, " + cutRecoveries +
                " cuts of recoveries, " + lostRecords + " records lost, " + committedRecords + " committed";
        }
    }

    /** One log over several power cuts, and what it should be. */
    private static final class World
    {
        private final long seed;
        private final Coverage coverage;
        private final Random random;
        private final LogConfig config;
        private final List<Throwable> errors = new ArrayList<>();
        private final UnsafeBuffer value = new UnsafeBuffer(new byte[8 * KIB]);
        private final UnsafeBuffer batch = new UnsafeBuffer(new byte[64 * KIB]);
        private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        /** By offset: what the record there holds, unique in the world. */
        private final LongArrayList tags = new LongArrayList();
        /** Of each batch with a producer: its offset, producer and last sequence. */
        private final List<long[]> sequences = new ArrayList<>();
        private PowerLossStorage storage;
        private PartitionLog log;
        private long nextTag = 1;
        private long nowNs = 1_000_000_000L;
        private long committed;
        private long onDisk;
        private int epoch;

        private World(final long seed, final Coverage coverage)
        {
            this.seed = seed;
            this.coverage = coverage;
            this.random = new Random(seed);
            this.storage = new PowerLossStorage(seed);
            final FlushPolicy policy = FlushPolicy.values()[random.nextInt(FlushPolicy.values().length)];
            this.config = new LogConfig(
                (random.nextBoolean() ? 64 : 128) * KIB, random.nextInt(3) == 0 ? -1 : 160L * KIB, 16 * KIB)
                .withFlush(policy, 1 + random.nextInt(1000));
        }

        private LogContext context()
        {
            return new LogContext(
                storage, () -> nowNs, errors::add, (file, offset, position, length, reason) -> coverage.cuts++);
        }

        private void run() throws IOException
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
                    storage = storage.restart(seed * 31 + i);
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
            final long producerId = random.nextInt(4);
            builder.begin(batch, 0, batch.capacity(), nowNs);
            if (isIdempotent)
            {
                builder.producer(producerId, (short)0, log.appender().lastSequence(producerId) + 1);
            }
            for (int i = 0; i < count; i++)
            {
                final int length = 8 + random.nextInt(random.nextInt(8) == 0 ? 3000 : 300);
                value.setMemory(0, length, (byte)nextTag);
                value.putLong(0, nextTag + i);
                assertTrue(builder.append(nowNs, null, 0, -1, value, 0, length));
            }
            final int length = builder.finish();

            long result = log.appender().appendBatch(batch, 0, length, nowNs);
            for (int i = 0; i < 1000 && ResultCode.BACK_PRESSURED.code() == result; i++)
            {
                nowNs += 1_000_000;
                housekeep();
                result = log.appender().appendBatch(batch, 0, length, nowNs);
            }
            assertEquals(tags.size(), result);
            if (isIdempotent)
            {
                sequences.add(new long[]{ result, producerId, log.appender().lastSequence(producerId) });
            }
            for (int i = 0; i < count; i++)
            {
                tags.addLong(nextTag++);
            }
        }

        private void writeCheckpoint() throws IOException
        {
            final LogCheckpoint state = log.checkpoint();
            final UnsafeBuffer bytes = new UnsafeBuffer(new byte[24]);
            bytes.putLong(0, state.recoveryPoint());
            bytes.putLong(8, state.logStart());
            bytes.putLong(16, state.hasProducers() ? 1 : 0);
            storage.replace(CHECKPOINT, bytes.byteArray());
        }

        private void close() throws IOException
        {
            log.appender().owner(null);
            final CleanState state = log.closeClean();
            assertNotNull(state);
            onDisk = tags.size();
            writeCheckpoint();
            final UnsafeBuffer bytes = new UnsafeBuffer(new byte[40]);
            bytes.putLong(0, state.logEnd());
            bytes.putLong(8, state.lastEpoch());
            bytes.putLong(16, state.activeBaseOffset());
            bytes.putLong(24, state.activePosition());
            bytes.putLong(32, state.hasProducers() ? 1 : 0);
            storage.replace(CLEAN, bytes.byteArray());
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
                try
                {
                    open();
                    storage.cutAfter(Integer.MAX_VALUE);
                    return;
                }
                catch (final PowerCut cut)
                {
                    coverage.cutRecoveries++;
                    storage = storage.restart(seed * 31 + life + nextTag++);
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
            assertTrue(logEnd <= tags.size(), () -> "ends at " + logEnd + ", never had more than " + tags.size());
            assertTrue(logEnd >= onDisk, () -> "ends at " + logEnd + ", on disk was " + onDisk);
            assertTrue(logEnd >= committed, () -> "ends at " + logEnd + ", acknowledged was " + committed);
            coverage.lostRecords += tags.size() - logEnd;
            while (tags.size() > logEnd)
            {
                tags.removeAt(tags.size() - 1);
            }

            sequences.removeIf((sequence) -> sequence[0] >= logEnd);
            final ProducerStates producers = new ProducerStates();
            final History[] epochs = { History.EMPTY };
            try (LogReader reader = log.newReader())
            {
                while (reader.position() < logEnd)
                {
                    final int read = reader.pollBatches(
                        (buffer, index, length, baseOffset, nextOffset) ->
                        {
                            for (int i = index; i < index + length; i += RecordBatchDescriptor.length(buffer, i))
                            {
                                producers.onBatch(buffer, i);
                                final int batchEpoch = RecordBatchDescriptor.leaderEpoch(buffer, i);
                                if (batchEpoch != epochs[0].lastEpoch())
                                {
                                    epochs[0] = epochs[0].with(
                                        batchEpoch, RecordBatchDescriptor.baseOffset(buffer, i));
                                }
                            }
                            return true;
                        },
                        32 * KIB);
                    log.serveReaders(nowNs);
                    assertTrue(
                        read > 0 || 0 == read && reader.isWaiting(), () -> "read " + read + " at " + reader.position());
                }
                assertEquals(0, reader.seekToEarliest());
                final long[] next = { log.logStart() };
                while (next[0] < logEnd)
                {
                    final int read = reader.poll(
                        (record) ->
                        {
                            assertEquals(next[0], record.offset());
                            assertEquals(
                                tags.getLong((int)next[0]), record.buffer().getLong(record.valueIndex()),
                                () -> "not the record that was at offset " + next[0]);
                            next[0]++;
                        },
                        100);
                    log.serveReaders(nowNs);
                    assertTrue(
                        read > 0 || 0 == read && reader.isWaiting(), () -> "read " + read + " at " + next[0]);
                }
            }

            assertEquals(epochs[0], log.epochs().history().trimmed(log.logStart()).truncated(logEnd));
            // Also of producers whose batches retention took.
            final long[] last = { -1, -1, -1, -1 };
            sequences.forEach((sequence) -> last[(int)sequence[1]] = sequence[2]);
            for (int i = 0; i < last.length; i++)
            {
                assertEquals(last[i], log.appender().lastSequence(i), "of producer " + i);
                final ProducerState read = producers.state(i);
                assertTrue(null == read || read.lastSequence() == last[i]);
            }
            assertEquals(List.of(), errors);
        }
    }
}
