package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a log knows of producers after its end was cut: what the batches say that are left, whether the owner goes on
 * at once or after a restart of any kind, and whatever became of the snapshots.
 */
class ProducersAfterCutTest
{
    private static final int KIB = 1024;
    private static final int PRODUCERS = 5;

    @TempDir
    private Path temp;

    private final UnsafeBuffer batch = new UnsafeBuffer(new byte[16 * KIB]);
    private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
    private final Random random = new Random(7);

    private LogFixture create(final String name) throws IOException
    {
        return new LogFixture(temp.resolve(name), new LogConfig(64 * KIB, -1, 16 * KIB)).create();
    }

    private long send(final LogFixture log, final long producerId, final int sequence, final int count)
    {
        builder.begin(batch, 0, batch.capacity(), log.nowNs).producer(producerId, (short)0, sequence);
        for (int i = 0; i < count; i++)
        {
            log.fill(log.log.logEnd() + i, 600);
            assertTrue(builder.append(log.nowNs, null, 0, -1, log.value, 0, 600));
        }
        final int length = builder.finish();
        long result = log.appender.appendBatch(batch, 0, length, log.nowNs);
        while (ResultCode.BACK_PRESSURED.code() == result)
        {
            log.housekeep();
            result = log.appender.appendBatch(batch, 0, length, log.nowNs);
        }

        return result;
    }

    private void sendMany(final LogFixture log, final int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            final long expected = log.log.logEnd();
            if (0 == random.nextInt(5))
            {
                assertEquals(expected, log.append(600));
            }
            else
            {
                // The last one comes late and seldom, so that cuts leave nothing of it.
                final int producer = 0 == random.nextInt(40) ? PRODUCERS - 1 : random.nextInt(PRODUCERS - 1);
                assertEquals(
                    expected, send(log, producer, log.appender.lastSequence(producer) + 1, 1 + random.nextInt(4)));
            }
            // Snapshots come at rolls, ten seconds apart.
            log.nowNs += random.nextInt(300_000_000);
        }
        log.settle();
    }

    private void cut(final LogFixture log, final long offset)
    {
        final LogTruncation truncation = log.log.truncate(offset);
        while (!truncation.isDone())
        {
            log.housekeep();
        }
        assertTrue(truncation.poll());
        assertTrue(truncation.result() <= offset && truncation.result() > offset - 4);
    }

    /** What a producer sent last would be taken for new. */
    @ParameterizedTest
    @ValueSource(ints = { RecordBatchDescriptor.APPEND_TIMESTAMP_OFFSET, RecordBatchDescriptor.PRODUCER_ID_OFFSET })
    void shouldNotCutWhereTheBatchesBelowCannotBeReplayed(final int damagedField) throws IOException
    {
        final LogFixture log = create("rotten");
        for (int i = 0; i < 4; i++)
        {
            assertEquals(i, send(log, 1, i, 1));
        }
        assertCannotBeCut(log, damagedField);
    }

    /** It would be cut at the damage, of what is committed too. */
    @Test
    void shouldNotCutWhereTheBatchesBelowCannotBeFollowed() throws IOException
    {
        final LogFixture log = create("broken");
        log.appendMany(4, 600);
        assertCannotBeCut(log, RecordBatchDescriptor.LENGTH_OFFSET + 3);
    }

    private static void assertCannotBeCut(final LogFixture log, final int damagedField) throws IOException
    {
        log.settle();
        try (RandomAccessFile file =
            new RandomAccessFile(SegmentDescriptor.logFile(log.directory, 0).toFile(), "rw"))
        {
            file.seek(SegmentDescriptor.HEADER_LENGTH + damagedField);
            file.write(0x55);
        }

        final LogTruncation truncation = log.log.truncate(3);
        while (!truncation.isDone())
        {
            log.housekeep();
        }
        assertTrue(truncation.poll());
        assertEquals(ResultCode.PARTITION_FENCED.code(), truncation.result());
        assertTrue(log.log.isFenced());
        assertEquals(4, log.log.logEnd());
    }

    private static ProducerStates replayed(final LogFixture log)
    {
        final ProducerStates states = new ProducerStates();
        try (LogReader reader = log.log.newReader())
        {
            int result;
            do
            {
                result = log.pollBatches(
                    reader,
                    (buffer, index, length, baseOffset, nextOffset) ->
                    {
                        for (int i = index; i < index + length; i += RecordBatchDescriptor.length(buffer, i))
                        {
                            states.onBatch(buffer, i);
                        }
                        return true;
                    },
                    32 * KIB);
                assertTrue(result >= 0);
            }
            while (result > 0);
            assertEquals(log.log.logEnd(), reader.position());
        }

        return states;
    }

    private static void assertKnowsWhatTheLogSays(final LogFixture log)
    {
        assertEquals(replayed(log), log.appender.producers());
        assertEquals(log.log.logEnd(), log.readFrom(0));
        assertEquals(List.of(), log.cuts);
    }

    /** The batch that ends the log is known as a duplicate, what was cut is not. */
    private void assertTakesTheNextOnly(final LogFixture log)
    {
        for (int producer = 0; producer < PRODUCERS; producer++)
        {
            final ProducerState state = log.appender.producers().state(producer);
            final int last = null == state ? -1 : state.lastSequence();
            final long logEnd = log.log.logEnd();
            if (null != state)
            {
                final int newest = state.count() - 1;
                final int first = state.firstSequence(newest);
                assertEquals(state.baseOffset(newest), send(log, producer, first, last - first + 1));
            }
            assertEquals(
                (null == state ? ResultCode.UNKNOWN_PRODUCER : ResultCode.OUT_OF_ORDER_SEQUENCE).code(),
                send(log, producer, last + 5, 1));
            assertEquals(logEnd, send(log, producer, last + 1, 1));
        }
    }

    private static void deleteSnapshots(final LogFixture log, final int keep) throws IOException
    {
        final List<Path> snapshots = log.storage.list(log.directory).stream()
            .filter((file) -> ProducerSnapshot.offsetOf(file) >= 0).toList();
        for (int i = keep; i < snapshots.size(); i++)
        {
            Files.delete(snapshots.get(i));
        }
    }

    @Test
    void shouldKnowWhatTheLogStillSaysAfterACutAndARestart() throws IOException
    {
        int snapshotsAboveCut = 0;
        for (int round = 0; round < 30; round++)
        {
            LogFixture log = create("c" + round);
            sendMany(log, 250);
            final long offset = 1 + random.nextInt((int)log.log.logEnd() - 1);
            snapshotsAboveCut += log.storage.list(log.directory).stream()
                .anyMatch((file) -> ProducerSnapshot.offsetOf(file) > offset) ? 1 : 0;
            cut(log, offset);
            assertKnowsWhatTheLogSays(log);
            final ProducerStates cut = log.appender.producers().copy();
            if (0 == round % 3)
            {
                assertTakesTheNextOnly(log);
                sendMany(log, random.nextInt(100));
            }
            final ProducerStates expected = log.appender.producers().copy();
            assertTrue(0 == round % 3 || expected.equals(cut));
            final boolean isClean = 0 == (round & 1);
            final CleanState state = isClean ? log.close() : null;
            if (random.nextBoolean())
            {
                deleteSnapshots(log, random.nextInt(2));
            }
            final boolean isReported = isClean && !expected.isEmpty() &&
                !Files.exists(ProducerSnapshot.file(log.directory, state.logEnd()));
            final LogFixture again = new LogFixture(log.directory, log.config);
            again.nowNs = log.nowNs;
            log = again.open(state);
            assertEquals(expected, log.appender.producers(), "round " + round);
            assertKnowsWhatTheLogSays(log);
            assertEquals(isReported ? 1 : 0, log.errors.size(), again.errors::toString);
            assertTakesTheNextOnly(log);
            assertKnowsWhatTheLogSays(log);
        }
        assertTrue(snapshotsAboveCut > 10, snapshotsAboveCut + " snapshots had to go");
    }

    /** Begun anew by the running log or by recovery: nothing of before is known, also where it begins further on. */
    @Test
    void shouldKnowNothingOfWhatWasBeforeItBeganAnew() throws IOException
    {
        for (final long start : new long[]{ 0, 100, 5000 })
        {
            final LogFixture log = create("r" + start);
            log.log.leaderEpoch(3);
            sendMany(log, 250);
            assertTrue(log.storage.list(log.directory).stream().anyMatch(
                (file) -> ProducerSnapshot.offsetOf(file) > 0));
            final LogTruncation reset = log.log.reset(start);
            while (!reset.isDone())
            {
                log.housekeep();
            }
            assertTrue(reset.poll());
            assertEquals(new ProducerStates(), log.appender.producers());
            assertEquals(0, log.log.epochs().history().size());
            assertEquals(start, send(log, 2, 0, 3));
            final ProducerStates expected = log.appender.producers().copy();
            log.open(0 == start ? log.close() : null);
            assertEquals(expected, log.appender.producers());
            assertEquals(1, log.log.epochs().history().size());
            assertEquals(3, log.log.epochs().lastEpoch());
            assertEquals(List.of(), log.errors);
        }
    }

    /** The files of a crash before the cut got that far: snapshots of offsets that the log does not have any more. */
    @Test
    void shouldNotBelieveASnapshotOfWhatWasCut() throws IOException
    {
        for (final boolean isReset : new boolean[]{ false, true })
        {
            final LogFixture log = create("s" + isReset);
            sendMany(log, 250);
            final CleanState state = log.close();
            final Path snapshot = ProducerSnapshot.file(log.directory, state.logEnd());
            assertTrue(Files.exists(snapshot));
            // The cut was decided, and nothing of it done.
            new TruncationFile(isReset ? 9000 : 0, isReset ? -1 : 0, SegmentDescriptor.HEADER_LENGTH)
                .write(log.storage, log.directory);
            log.open(null);
            assertEquals(isReset ? 9000 : 0, log.log.logEnd());
            assertEquals(new ProducerStates(), log.appender.producers());
            assertEquals(log.log.logEnd(), send(log, 1, 0, 3));
            log.open(null);
            assertEquals(2, log.appender.lastSequence(1));
            assertEquals(-1, log.appender.lastSequence(0));
        }
    }
}
