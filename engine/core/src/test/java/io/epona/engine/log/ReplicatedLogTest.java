package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.FaultyStorage;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Batches as a leader stamped them, and a high watermark that somebody else decides. */
class ReplicatedLogTest
{
    private static final LogConfig CONFIG = new LogConfig(64 * 1024, -1, 16 * 1024);
    private static final int LENGTH = 512;

    @TempDir
    private Path directory;

    private final FaultyStorage storage = new FaultyStorage();
    private final List<Throwable> errors = new ArrayList<>();
    private final Crc32c crc = new Crc32c();
    private final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[8 * LENGTH]);
    private long nowNs = 1_000_000_000L;

    private LogContext context()
    {
        return new LogContext(
            storage, () -> nowNs, errors::add,
            (file, offset, position, length, reason) -> errors.add(new IOException(reason)));
    }

    private PartitionLog create() throws IOException
    {
        final PartitionLog log = ReplicatedLog.create(context(), directory.resolve("p"), 5, 0, CONFIG);
        log.appender().owner(Thread.currentThread());
        return log;
    }

    /** Put a batch of two records into the message. */
    private int put(final int index, final long offset, final int epoch, final long producerId, final int sequence)
    {
        final UnsafeBuffer value = new UnsafeBuffer(new byte[20]);
        builder.begin(message, index, LENGTH, nowNs);
        builder.append(nowNs, null, 0, -1, value, 0, value.capacity());
        builder.append(nowNs, null, 0, -1, value, 0, value.capacity());
        if (producerId >= 0)
        {
            builder.producer(producerId, (short)0, sequence);
        }
        final int length = builder.finish();
        RecordBatchDescriptor.stamp(message, index, offset, epoch, nowNs, crc);

        return index + length;
    }

    private int put(final int index, final long offset, final int epoch)
    {
        return put(index, offset, epoch, -1, 0);
    }

    @Test
    void shouldAppendWhatALeaderStampedAndKeepItsHighWatermark() throws IOException
    {
        final PartitionLog log = create();
        final int end = put(put(put(0, 0, 3), 2, 3), 4, 5);
        assertEquals(0, log.replicated().append(message, 0, end, 5));
        assertEquals(6, log.logEnd());
        assertEquals(0, log.highWatermark());
        assertEquals(5, log.lastEpoch());
        assertEquals(2, log.replicated().epochCount());
        assertEquals(3, log.replicated().epochAt(3));
        assertEquals(5, log.replicated().epochAt(4));
        assertEquals(-1, log.replicated().floorOfEpoch(2));
        assertEquals(0, log.replicated().floorOfEpoch(4));

        try (LogReader consumer = log.newReader(); LogReader replica = log.replicated().newReader())
        {
            assertEquals(0, consumer.pollBatches((buffer, index, length, base, next) -> true, 1 << 20));
            assertEquals(end, replica.pollBatches((buffer, index, length, base, next) -> true, 1 << 20));
            log.replicated().highWatermark(4);
            assertEquals(
                4 * end / 6, consumer.pollBatches((buffer, index, length, base, next) -> true, 1 << 20));
        }
        log.appender().owner(null);
        final CleanState state = log.closeClean();

        final PartitionLog again =
            ReplicatedLog.open(context(), directory.resolve("p"), 5, 0, CONFIG, state, null, 0);
        assertEquals(6, again.logEnd());
        assertEquals(0, again.highWatermark());
        again.closeClean();
        final PartitionLog known =
            ReplicatedLog.open(context(), directory.resolve("p"), 5, 0, CONFIG, null, null, 99);
        assertEquals(6, known.highWatermark());
        known.closeClean();
        assertEquals(List.of(), errors);
    }

    @Test
    void shouldRefuseWhatDoesNotFollow() throws IOException
    {
        final PartitionLog log = create();
        final ReplicatedLog replicated = log.replicated();
        assertEquals(0, replicated.append(message, 0, put(0, 0, 3), 3));
        assertEquals(ReplicatedLog.WRONG_OFFSET, replicated.append(message, 0, put(0, 3, 3), 3));
        assertEquals(ReplicatedLog.WRONG_OFFSET, replicated.append(message, 0, put(0, 0, 3), 3));
        assertEquals(ReplicatedLog.WRONG_EPOCH, replicated.append(message, 0, put(0, 2, 2), 3));
        assertEquals(ReplicatedLog.WRONG_EPOCH, replicated.append(message, 0, put(0, 2, 4), 3));
        assertEquals(2, log.logEnd());

        // What comes before a bad one stays.
        final int end = put(put(0, 2, 3), 5, 3);
        assertEquals(ReplicatedLog.WRONG_OFFSET, replicated.append(message, 0, end, 3));
        assertEquals(4, log.logEnd());
        assertEquals(0, replicated.append(message, 0, put(0, 7, 3), 3, true));
        assertEquals(9, log.logEnd());
        log.appender().owner(null);
        log.closeClean();
    }

    @Test
    void shouldRefuseEveryDamagedByte() throws IOException
    {
        final PartitionLog log = create();
        final int length = put(0, 0, 3);
        for (int i = 0; i < length; i++)
        {
            message.putByte(i, (byte)(message.getByte(i) ^ 0x10));
            final long result = log.replicated().append(message, 0, length, 3);
            final int index = i;
            assertTrue(result < 0, () -> "taken with byte " + index + " damaged");
            message.putByte(i, (byte)(message.getByte(i) ^ 0x10));
        }
        for (int shorter = 0; shorter < length; shorter += 8)
        {
            assertTrue(0 == shorter || log.replicated().append(message, 0, shorter, 3) < 0);
        }
        assertEquals(0, log.logEnd());
        assertEquals(0, log.replicated().append(message, 0, length, 3));
        log.appender().owner(null);
        log.closeClean();
    }

    /** A follower does not judge sequences, but knows them when it leads. */
    @Test
    void shouldTakeOverProducersUnjudged() throws IOException
    {
        final PartitionLog log = create();
        final int end = put(put(0, 0, 3, 9, 100), 2, 3, 9, 500);
        assertEquals(0, log.replicated().append(message, 0, end, 3));
        assertEquals(501, log.appender().lastSequence(9));

        final LogTruncation cut = log.truncate(2);
        while (!cut.poll())
        {
            log.housekeep(nowNs);
        }
        assertFalse(log.replicated().isBusy());
        log.housekeep(nowNs);
        assertEquals(101, log.appender().lastSequence(9));
        assertEquals(ResultCode.OUT_OF_ORDER_SEQUENCE.code(), produce(log, 9, 500));
        log.leaderEpoch(4);
        assertEquals(2, produce(log, 9, 102));
        assertEquals(0, produce(log, 9, 100));
        assertEquals(4, log.replicated().epochAt(2));
        log.appender().owner(null);
        log.closeClean();
    }

    /** What was written in the epoch is gone by retention, and what was written in the next one is cut. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void shouldKnowWhereAnEpochGoesOnBehindACut(final boolean isOpenedAgain) throws IOException
    {
        PartitionLog log = create();
        assertEquals(0, log.replicated().append(message, 0, put(put(0, 0, 3), 2, 3), 3));
        log.replicated().highWatermark(4);
        log.replicated().raiseLogStart(4);
        assertEquals(0, log.replicated().append(message, 0, put(0, 4, 5), 5));
        final LogTruncation cut = log.truncate(4);
        while (!cut.poll())
        {
            log.housekeep(nowNs);
        }
        if (isOpenedAgain)
        {
            log.appender().owner(null);
            final CleanState state = log.closeClean();
            log = ReplicatedLog.open(context(), directory.resolve("p"), 5, 0, CONFIG, state, log.checkpoint(), 4);
            log.appender().owner(Thread.currentThread());
        }
        log.housekeep(nowNs);
        assertEquals(3, log.lastEpoch());
        assertEquals(4, log.logEnd());
        assertEquals(0, log.replicated().append(message, 0, put(0, 4, 3), 5));
        assertEquals(3, log.replicated().epochAt(4));
        assertEquals(6, log.epochs().history().endOffsetFor(3, log.logEnd()));
        log.appender().owner(null);
        log.closeClean();
        assertEquals(List.of(), errors);
    }

    private long produce(final PartitionLog log, final long producerId, final int sequence)
    {
        return log.appender().appendBatch(message, 0, put(0, 0, 0, producerId, sequence), nowNs);
    }

    @Test
    void shouldRaiseTheLogStartOnce() throws IOException
    {
        final PartitionLog log = create();
        assertEquals(0, log.replicated().append(message, 0, put(put(0, 0, 3), 2, 3), 3));
        log.replicated().highWatermark(4);
        log.replicated().raiseLogStart(2);
        log.replicated().raiseLogStart(1);
        assertEquals(2, log.logStart());
        assertEquals(2, log.checkpoint().logStart());
        log.appender().owner(null);
        log.closeClean();

        final PartitionLog alone = PartitionLog.create(context(), directory.resolve("alone"), 6, 0, CONFIG);
        assertNull(alone.replicated());
        alone.closeClean();
    }
}
