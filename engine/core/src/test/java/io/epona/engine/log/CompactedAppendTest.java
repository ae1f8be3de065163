package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What a compacted log takes: keyed, uncompressed records, by each of the ways in. */
class CompactedAppendTest
{
    private static final int INVALID = ResultCode.INVALID_RECORD.code();
    private static final LogConfig CONFIG = new LogConfig(64 * 1024, -1, 16 * 1024)
        .withCleanup(CleanupPolicy.COMPACT, new LogConfig.Compaction(), -1);

    @TempDir
    private Path temp;

    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[4096]);

    private int batch(final int keyLength, final int attributes)
    {
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        builder.begin(bytes, 0, bytes.capacity(), 1);
        builder.append(1, bytes, 100, 3, bytes, 100, 3);
        builder.append(1, bytes, 100, keyLength, bytes, 100, 3);
        final int length = builder.finish();
        bytes.putShort(
            RecordBatchDescriptor.ATTRIBUTES_OFFSET,
            (short)(RecordBatchDescriptor.attributes(bytes, 0) | attributes),
            java.nio.ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(
            RecordBatchDescriptor.BODY_CRC_OFFSET,
            new Crc32c().compute(
                bytes, RecordBatchDescriptor.BODY_OFFSET, length - RecordBatchDescriptor.BODY_OFFSET),
            java.nio.ByteOrder.LITTLE_ENDIAN);
        return length;
    }

    @Test
    void shouldRefuseRecordsWithoutAKey() throws IOException
    {
        final LogFixture log = new LogFixture(temp.resolve("t-3.abcd"), CONFIG).create();
        assertEquals(INVALID, log.appender.append(1, null, 0, -1, bytes, 0, 8));
        assertEquals(INVALID, log.appender.append(bytes, 0, 8));
        assertEquals(INVALID, log.appender.tryClaim(1, -1, 8));
        assertEquals(0, log.appender.append(1, bytes, 0, 0, bytes, 0, 8), "an empty key is a key");
        assertEquals(1, log.appender.append(1, bytes, 0, 4, null, 0, -1), "a tombstone");

        assertEquals(INVALID, log.appender.appendBatch(bytes, 0, batch(-1, 0), 1));
        assertEquals(2, log.appender.appendBatch(bytes, 0, batch(2, 0), 1));
        assertEquals(
            ResultCode.COMPRESSION_NOT_ALLOWED.code(), log.appender.appendBatch(bytes, 0, batch(2, 1), 1));

        final RecordBatchBuilder inPlace = log.appender.tryBeginBatch(1024, 1);
        inPlace.append(1, bytes, 0, 2, bytes, 0, 2);
        inPlace.append(1, null, 0, -1, bytes, 0, 2);
        assertEquals(INVALID, log.appender.commitBatch(1));
        log.appender.tryBeginBatch(1024, 1).append(1, bytes, 0, 2, bytes, 0, 2);
        assertEquals(4, log.appender.commitBatch(1));
        assertEquals(4, log.appender.tryClaim(1, 2, 8) - 1);
        assertEquals(5, log.appender.commitClaim());

        log.open(null);
        assertEquals(6, log.log.logEnd(), "what was refused left no trace");
        assertEquals(0, log.cuts.size());
    }
}
