package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Partition;
import io.epona.engine.PartitionReader;
import io.epona.engine.RecordClaim;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogAppendTest
{
    private static final int KIB = 1024;

    @TempDir
    private Path temp;

    private LogFixture fixture(final LogConfig config) throws IOException
    {
        return new LogFixture(temp.resolve("t-3.abcd"), config).create();
    }

    @Test
    void shouldReadBackWhatWasAppendedInEveryWay() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        final Partition partition = new Partition("t", log.log);
        partition.owner(Thread.currentThread());
        final UnsafeBuffer key = new UnsafeBuffer("key".getBytes(US_ASCII));
        final UnsafeBuffer value = new UnsafeBuffer("value".getBytes(US_ASCII));

        assertEquals(0, partition.append(value, 0, 5));
        assertEquals(1, partition.append(log.nowNs + 7, key, 0, 3, value, 1, 4));
        assertEquals(2, partition.append(log.nowNs + 5, key, 0, 3, null, 0, -1));

        final RecordClaim claim = new RecordClaim();
        assertEquals(3, partition.tryClaim(log.nowNs, 3, 5, claim));
        assertThrows(IllegalStateException.class, () -> partition.append(value, 0, 5));
        claim.abort();
        assertEquals(3, partition.tryClaim(log.nowNs, 3, 5, claim));
        claim.buffer().putBytes(claim.keyIndex(), key, 0, 3);
        claim.buffer().putBytes(claim.valueIndex(), value, 0, 5);
        assertEquals(3, partition.logEnd());
        assertEquals(3, claim.commit());
        assertThrows(IllegalStateException.class, claim::commit);

        final RecordBatchBuilder builder = partition.tryBeginBatch(4096, log.nowNs);
        assertNotNull(builder);
        assertTrue(builder.append(log.nowNs, null, 0, -1, value, 0, 5));
        assertTrue(builder.append(log.nowNs + 1, key, 0, 3, value, 0, 5));
        assertEquals(4, partition.highWatermark());
        assertEquals(4, partition.commitBatch(log.nowNs));
        assertEquals(6, partition.highWatermark());

        final List<String> seen = new ArrayList<>();
        final List<Long> appendTimes = new ArrayList<>();
        try (PartitionReader reader = partition.newReader())
        {
            assertEquals(6, reader.poll(
                (record) ->
                {
                    seen.add(record.offset() + ":" +
                        (record.keyLength() < 0 ? "-" :
                        record.buffer().getStringWithoutLengthAscii(record.keyIndex(), record.keyLength())) + ":" +
                        (record.valueLength() < 0 ? "-" :
                        record.buffer().getStringWithoutLengthAscii(record.valueIndex(), record.valueLength())) + ":" +
                        (record.timestampNs() - log.nowNs));
                    appendTimes.add(record.appendTimestampNs() - log.nowNs);
                },
                100));
        }
        assertEquals(
            List.of("0:-:value:0", "1:key:alue:7", "2:key:-:5", "3:key:value:0", "4:-:value:0", "5:key:value:1"), seen);
        assertEquals(List.of(0L, 7L, 7L, 7L, 7L, 7L), appendTimes);
    }

    @Test
    void shouldAppendAProducersBatchAndRefuseADamagedOne() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        final int length = log.batch(batch, 0, 5, 100);
        assertEquals(0, log.appender.appendBatch(batch, 0, length, log.nowNs));
        assertEquals(5, log.log.highWatermark());
        assertEquals(5, log.readFrom(0));

        for (int i = RecordBatchDescriptor.BODY_CRC_OFFSET; i < length; i++)
        {
            batch.putByte(i, (byte)(batch.getByte(i) ^ 0x10));
            final long result = log.appender.appendBatch(batch, 0, length, log.nowNs);
            assertTrue(
                ResultCode.CORRUPT_BATCH.code() == result || ResultCode.UNSUPPORTED_VERSION.code() == result,
                "byte " + i);
            batch.putByte(i, (byte)(batch.getByte(i) ^ 0x10));
        }
        assertEquals(ResultCode.CORRUPT_BATCH.code(), log.appender.appendBatch(batch, 0, length - 8, log.nowNs));
        assertEquals(ResultCode.CORRUPT_BATCH.code(), log.appender.appendBatch(batch, 0, length - 1, log.nowNs));
        assertEquals(ResultCode.CORRUPT_BATCH.code(), log.appender.appendBatch(batch, 0, 8, log.nowNs));
        assertEquals(5, log.log.logEnd());

        assertEquals(5, log.append(100));
        assertEquals(6, log.readFrom(0));
    }

    @Test
    void shouldRefuseAProducersBatchWithMarksOfTheLog() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        final int length = log.batch(batch, 0, 5, 100);

        final int corrupt = ResultCode.CORRUPT_BATCH.code();
        assertEquals(corrupt, appendWithAttributes(log, batch, length, RecordBatchDescriptor.CONTROL_FLAG));
        assertEquals(corrupt, appendWithAttributes(log, batch, length, RecordBatchDescriptor.COMPACTED_FLAG));
        assertEquals(ResultCode.COMPRESSION_NOT_ALLOWED.code(), appendWithAttributes(log, batch, length, 1));
        assertEquals(0, appendWithAttributes(log, batch, length, 0));
    }

    private static long appendWithAttributes(
        final LogFixture log, final ExpandableArrayBuffer batch, final int length, final int attributes)
    {
        batch.putShort(RecordBatchDescriptor.ATTRIBUTES_OFFSET, (short)attributes);
        batch.putInt(
            RecordBatchDescriptor.BODY_CRC_OFFSET,
            new Crc32c().compute(
                batch, RecordBatchDescriptor.BODY_OFFSET, length - RecordBatchDescriptor.BODY_OFFSET));
        return log.appender.appendBatch(batch, 0, length, log.nowNs);
    }

    @Test
    void shouldRefuseWhatIsTooLarge() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(64 * KIB, -1, 16 * KIB));
        final int tooLarge = ResultCode.RECORD_TOO_LARGE.code();
        assertEquals(tooLarge, log.append(16 * KIB));
        final int huge = Integer.MAX_VALUE;
        assertEquals(tooLarge, log.appender.append(0, log.value, 0, huge, log.value, 0, huge));
        assertEquals(tooLarge, log.appender.append(0, null, 0, -1, log.value, 0, Integer.MAX_VALUE));
        assertEquals(0, log.append(16 * KIB - 96));
        assertThrows(IllegalArgumentException.class, () -> log.appender.tryBeginBatch(16 * KIB + 8, 0));
    }

    @Test
    void shouldRefuseOtherThreadsThanTheOwner() throws Exception
    {
        final LogFixture log = fixture(new LogConfig());
        final List<Throwable> thrown = new ArrayList<>();
        final Thread other = new Thread(() ->
            thrown.add(assertThrows(IllegalStateException.class, () -> log.append(10))));
        other.start();
        other.join();
        assertEquals(1, thrown.size());

        assertEquals(0, log.log.logEnd());
    }

    @Test
    void shouldBeOwnedByTheFirstThatAppendsWhereNoneIsNamed() throws Exception
    {
        final LogFixture log = fixture(new LogConfig());
        log.appender.owner(null);
        final List<Long> offsets = new ArrayList<>();
        final Thread other = new Thread(() -> offsets.add(log.append(10)));
        other.start();
        other.join();

        assertEquals(List.of(0L), offsets);
        assertThrows(IllegalStateException.class, () -> log.append(10));
        assertEquals(1, log.log.logEnd());
    }

    @Test
    void shouldNotPublishWhatThrew() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        final UnsafeBuffer small = new UnsafeBuffer(new byte[4]);
        assertThrows(IndexOutOfBoundsException.class, () -> log.appender.append(0, null, 0, -1, small, 0, 5));
        assertEquals(0, log.log.logEnd());
        assertEquals(0, log.append(50));
        assertEquals(1, log.readFrom(0));
    }

    @Test
    void shouldRefuseAnEmptyBatch() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        assertNotNull(log.appender.tryBeginBatch(4096, log.nowNs));
        assertThrows(IllegalStateException.class, () -> log.appender.commitBatch(log.nowNs));
        assertEquals(0, log.append(8));
        assertThrows(IllegalStateException.class, () -> log.appender.commitBatch(log.nowNs));
    }

    @Test
    void shouldBackPressureAtTheEndOfTheRunwayAndGoOnWhenItIsPrepared() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(1024 * KIB, -1, 128 * KIB));
        long appended = 0;
        log.fill(0, 1000);
        while (log.appender.append(log.nowNs, null, 0, -1, log.value, 0, 1000) >= 0)
        {
            appended++;
        }
        assertTrue(appended >= 50 && appended <= 64, "appended " + appended);
        assertEquals(1, log.log.counters().runwayMisses());
        assertNull(log.appender.tryBeginBatch(4096, log.nowNs));
        assertEquals(2, log.log.counters().runwayMisses());
        log.housekeep();
        assertEquals(appended, log.appender.append(log.nowNs, null, 0, -1, log.value, 0, 1000));
        assertEquals(0, log.log.counters().refusal());
        assertEquals(1, log.log.counters().rolls());
    }

    @Test
    void shouldTakeABatchThatTheFirstSegmentCannotHold() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(1024 * KIB, -1, 512 * KIB));
        assertEquals(0, log.append(400 * KIB));
        log.appendMany(3, 400 * KIB);
        log.settle();
        assertEquals(4, log.readFrom(0));
        assertEquals(0, log.log.logStart());
        log.close();
        log.open(null);
        assertEquals(4, log.readFrom(0));
        assertEquals(List.of(), log.cuts);
        assertEquals(List.of(), log.errors);
    }

    @Test
    void shouldDoubleSegmentsUpToTheSetting() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(512 * KIB, -1, 16 * KIB));
        log.appendMany(3000, 1000);
        log.settle();
        final List<Long> lengths = new ArrayList<>();
        for (final Path file : log.storage.list(log.directory))
        {
            if (SegmentDescriptor.isLogFile(file))
            {
                lengths.add(log.storage.length(file) / KIB);
            }
        }
        assertEquals(List.of(64L, 128L, 256L, 512L), lengths.subList(0, 4));
        assertEquals(512L, lengths.get(lengths.size() - 1));
        assertEquals(3000, log.readFrom(0));
        for (long offset = 0; offset <= 3000; offset += 37)
        {
            assertEquals(3000, log.readFrom(offset));
        }
    }

    @Test
    void shouldDoubleSegmentsOfALogThatOutrunsThem() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        long longest = 0;
        for (int i = 0; i < 8000; i++)
        {
            log.append(500);
            // The runway asked for is longer than a segment, for all of this comes within its first 50 ms.
            log.housekeep();
        }
        for (final Path file : log.storage.list(log.directory))
        {
            longest = Math.max(longest, log.storage.length(file));
        }

        assertTrue(longest >= 2 << 20, "the longest segment has " + longest + " bytes");
    }
}
