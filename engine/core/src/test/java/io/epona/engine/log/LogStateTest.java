package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Epochs and producers of a log: what it knows is what a scan of it finds, whatever happened to the files beside. */
class LogStateTest
{
    private static final int KIB = 1024;
    private static final long DAY_NS = ProducerStates.EXPIRY_NS / 7;

    @TempDir
    private Path temp;

    private final UnsafeBuffer batch = new UnsafeBuffer(new byte[64 * KIB]);
    private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
    private final Map<Long, Integer> next = new HashMap<>();

    private LogFixture fixture(final long retentionBytes)
    {
        return new LogFixture(temp.resolve("t-3.abcd"), new LogConfig(64 * KIB, retentionBytes, 16 * KIB));
    }

    private int encode(
        final LogFixture log, final long producerId, final int epoch, final int sequence, final int count)
    {
        builder.begin(batch, 0, batch.capacity(), log.nowNs).producer(producerId, (short)epoch, sequence);
        for (int i = 0; i < count; i++)
        {
            log.fill(log.log.logEnd() + i, 400);
            assertTrue(builder.append(log.nowNs, null, 0, -1, log.value, 0, 400));
        }

        return builder.finish();
    }

    private long send(
        final LogFixture log, final long producerId, final int epoch, final int sequence, final int count)
    {
        final int length = encode(log, producerId, epoch, sequence, count);
        long result = log.appender.appendBatch(batch, 0, length, log.nowNs);
        while (ResultCode.BACK_PRESSURED.code() == result)
        {
            log.housekeep();
            result = log.appender.appendBatch(batch, 0, length, log.nowNs);
        }

        return result;
    }

    private void sendNext(final LogFixture log, final long producerId, final int count)
    {
        final long logEnd = log.log.logEnd();
        final int sequence = next.getOrDefault(producerId, 0);
        assertEquals(logEnd, send(log, producerId, 0, sequence, count));
        next.put(producerId, sequence + count);
    }

    /** I15: what the log knows is what a scan of it finds. */
    private static void assertStateIsThatOfTheLog(final LogFixture log)
    {
        final ProducerStates replayed = new ProducerStates();
        History epochs = History.EMPTY;
        final long logStart = log.log.logStart();
        try (LogReader reader = log.log.newReader())
        {
            final History[] scanned = { History.EMPTY };
            while (log.pollBatches(
                reader,
                (buffer, index, length, baseOffset, nextOffset) ->
                {
                    int at = index;
                    while (at < index + length)
                    {
                        replayed.onBatch(buffer, at);
                        final int epoch = RecordBatchDescriptor.leaderEpoch(buffer, at);
                        if (epoch != scanned[0].lastEpoch())
                        {
                            scanned[0] = scanned[0].with(epoch, RecordBatchDescriptor.baseOffset(buffer, at));
                        }
                        at += RecordBatchDescriptor.length(buffer, at);
                    }
                    return true;
                },
                1 << 20) > 0)
            {
                assertTrue(reader.position() > logStart);
            }
            epochs = scanned[0];
        }
        assertEquals(epochs, log.log.epochs().history().trimmed(logStart));

        // What retention took the log still knows; of what is there it knows exactly what the batches say.
        final ProducerStates known = log.appender.producers();
        for (final ProducerState expected : replayed.sorted())
        {
            final ProducerState state = known.state(expected.producerId());
            assertNotNull(state);
            assertEquals(expected.epoch(), state.epoch());
            assertEquals(expected.lastTimestampNs(), state.lastTimestampNs());
            final int older = state.count() - expected.count();
            assertTrue(older >= 0);
            for (int i = 0; i < expected.count(); i++)
            {
                assertEquals(expected.baseOffset(i), state.baseOffset(i + older));
                assertEquals(expected.firstSequence(i), state.firstSequence(i + older));
                assertEquals(expected.lastSequence(i), state.lastSequence(i + older));
            }
            for (int i = 0; i < older; i++)
            {
                assertTrue(state.baseOffset(i) < logStart);
            }
        }
    }

    private void assertSame(final ProducerStates expected, final LogFixture log)
    {
        assertEquals(expected, log.appender.producers());
        assertStateIsThatOfTheLog(log);
        assertEquals(List.of(), log.errors);
        assertEquals(List.of(), log.cuts);
    }

    @Test
    void shouldWriteABatchOnce() throws IOException
    {
        final LogFixture log = fixture(-1).create();
        assertEquals(0, send(log, 7, 0, 0, 3));
        assertEquals(3, send(log, 7, 0, 3, 1));
        assertEquals(0, send(log, 7, 0, 0, 3));
        assertEquals(ResultCode.OUT_OF_ORDER_SEQUENCE.code(), send(log, 7, 0, 9, 1));
        assertEquals(3, log.appender.lastSequence(7));
        assertEquals(ResultCode.UNKNOWN_PRODUCER.code(), send(log, 8, 0, 9, 1));
        assertEquals(4, log.log.logEnd());
        assertEquals(4, log.append(100));
        assertEquals(5, log.readFrom(0));

        final RecordBatchBuilder inPlace = log.appender.tryBeginBatch(1000, log.nowNs);
        inPlace.producer(7, (short)0, 0);
        for (int i = 0; i < 3; i++)
        {
            inPlace.append(log.nowNs, null, 0, -1, log.value, 0, 8);
        }
        assertEquals(0, log.appender.commitBatch(log.nowNs), "built in place, and a duplicate too");
        assertStateIsThatOfTheLog(log);

        final LogFixture again = new LogFixture(log.directory, log.config).open(null);
        assertEquals(5, again.log.logEnd());
        assertSame(log.appender.producers(), again);
    }

    @Test
    void shouldKnowAfterAnyEndWhatItKnewBefore() throws IOException
    {
        final Random random = new Random(42);
        LogFixture log = fixture(-1).create();
        for (int round = 0; round < 40; round++)
        {
            log.log.leaderEpoch(2 * round);
            for (int i = random.nextInt(60); i >= 0; i--)
            {
                if (random.nextInt(4) == 0)
                {
                    log.append(100 + random.nextInt(2000));
                }
                else
                {
                    sendNext(log, random.nextInt(6), 1 + random.nextInt(20));
                }
                log.nowNs += random.nextInt(1_000_000_000);
                if (random.nextInt(3) == 0)
                {
                    log.housekeep();
                }
            }
            final ProducerStates expected = log.appender.producers().copy();
            final History epochs = log.log.epochs().history();
            final boolean isClean = random.nextBoolean();
            final CleanState state = isClean ? log.close() : null;
            final LogFixture again = new LogFixture(log.directory, log.config);
            again.nowNs = log.nowNs;
            log = again.open(state);
            assertSame(expected, log);
            assertEquals(epochs, log.log.epochs().history());
            log.settle();
            assertEquals(epochs, readEpochs(log));
        }
        assertTrue(snapshots(log) <= LogStateFiles.SNAPSHOT_COUNT_MAX);
        assertTrue(log.storage.list(log.directory).stream().filter(SegmentDescriptor::isLogFile).count() > 10);
    }

    private static History readEpochs(final LogFixture log) throws IOException
    {
        return new LogStateFiles(log.context(), log.directory, LogFixture.TOPIC_ID, LogFixture.PARTITION).readEpochs();
    }

    private static long snapshots(final LogFixture log) throws IOException
    {
        return log.storage.list(log.directory).stream()
            .filter((file) -> ProducerSnapshot.offsetOf(file) >= 0).count();
    }

    @Test
    void shouldKeepAProducerWhoseRecordsRetentionTook() throws IOException
    {
        LogFixture log = fixture(128 * KIB).create();
        log.log.leaderEpoch(1);
        sendNext(log, 1, 3);
        log.log.leaderEpoch(2);
        for (int i = 0; i < 400; i++)
        {
            sendNext(log, 2, 5);
            log.housekeep();
        }
        log.settle();
        assertTrue(log.log.logStart() > 100);
        assertEquals(0, send(log, 1, 0, 0, 3));
        assertStateIsThatOfTheLog(log);
        final ProducerStates expected = log.appender.producers().copy();
        log.open(log.close());
        assertSame(expected, log);
        sendNext(log, 1, 1);
        final LogFixture killed = log;
        log = new LogFixture(killed.directory, killed.config).open(null);
        assertStateIsThatOfTheLog(log);
        assertEquals(1, readEpochs(log).size());
    }

    @Test
    void shouldSnapshotAtTheRoll() throws IOException
    {
        final LogFixture log = fixture(-1).create();
        for (int i = 0; i < 200; i++)
        {
            sendNext(log, i % 3, 3);
            log.housekeep();
            log.nowNs += 2_000_000_000L;
        }
        log.settle();
        assertEquals(LogStateFiles.SNAPSHOT_COUNT_MAX, snapshots(log));
        final ProducerStates read = new ProducerStates();
        final LogStateFiles files =
            new LogStateFiles(log.context(), log.directory, LogFixture.TOPIC_ID, LogFixture.PARTITION);
        final long offset = files.readSnapshot(Long.MAX_VALUE, read);
        assertTrue(offset > 400);
        assertTrue(log.storage.exists(SegmentDescriptor.logFile(log.directory, offset)));
        for (int i = 0; i < 3; i++)
        {
            final ProducerState state = read.state(i);
            assertTrue(state.baseOffset(state.count() - 1) < offset);
            assertTrue(state.baseOffset(state.count() - 1) >= offset - 9);
        }
        files.truncateSnapshots(offset - 1);
        assertTrue(files.readSnapshot(Long.MAX_VALUE, read) < offset);
    }

    @Test
    void shouldCostALogWithoutProducersNoFile() throws IOException
    {
        final LogFixture log = fixture(-1).create();
        log.appendMany(300, 1000);
        log.nowNs += DAY_NS;
        log.settle();
        final CleanState state = log.close();
        assertFalse(state.hasProducers());
        assertEquals(0, snapshots(log));
        log.open(state);
        assertSame(new ProducerStates(), log);
    }

    @Test
    void shouldReadDamagedFilesFromTheLog() throws IOException
    {
        final LogFixture log = fixture(-1).create();
        for (int i = 0; i < 100; i++)
        {
            log.log.leaderEpoch(i / 30);
            sendNext(log, i % 3, 3);
        }
        final CleanState state = log.close();
        assertTrue(state.hasProducers());
        final ProducerStates expected = log.appender.producers().copy();
        final Path snapshot = ProducerSnapshot.file(log.directory, state.logEnd());
        final Path epochs = log.directory.resolve(LeaderEpochs.FILE_NAME);
        for (final Path file : List.of(snapshot, epochs))
        {
            final byte[] whole = Files.readAllBytes(file);
            for (int i = -1; i < whole.length; i += i < 100 ? 1 : 37)
            {
                for (final boolean isClean : new boolean[]{ true, false })
                {
                    if (i < 0)
                    {
                        Files.delete(file);
                    }
                    else
                    {
                        final byte[] bytes = whole.clone();
                        bytes[i] ^= 0x20;
                        Files.write(file, bytes);
                    }
                    final LogFixture again = new LogFixture(log.directory, log.config).open(isClean ? state : null);
                    assertEquals(expected, again.appender.producers());
                    assertStateIsThatOfTheLog(again);
                    assertEquals(isClean || i >= 0, !again.errors.isEmpty(), file + " " + i);
                    assertEquals(state, again.close());
                    Files.write(file, whole);
                }
            }
        }
    }

    @Test
    void shouldGoOnWhereTheFilesCannotBeWritten() throws IOException
    {
        final LogFixture log = fixture(-1).create();
        log.storage.failWhen((operation) -> operation.startsWith("replace"));
        sendNext(log, 1, 3);
        log.settle();
        assertEquals(1, log.errors.size());
        assertTrue(log.errors.get(0).getMessage().contains("could not be written"), log.errors.get(0).getMessage());
        sendNext(log, 1, 3);
        log.storage.heal();
        log.nowNs += 2_000_000_000L;
        log.settle();
        assertEquals(1, readEpochs(log).size());
        assertEquals(1, log.errors.size());
    }
}
