package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.log.SegmentHeaderDecoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Holds the layout of segment files against the schema that other languages generate their readers from.
 */
class SegmentDescriptorTest
{
    private static final long TOPIC_ID = 0x0123_4567_89AB_CDEFL;
    private static final int PARTITION = 1023;
    private static final long BASE_OFFSET = 0x00FE_DCBA_9876_5432L;
    private static final long CREATED_NS = 1_795_000_000_123_456_789L;
    private static final int FILE_LENGTH = 64 * 1024 * 1024;

    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(SegmentDescriptor.HEADER_LENGTH));
    private final Crc32c crc = new Crc32c();

    private void encode()
    {
        SegmentDescriptor.encode(
            buffer, TOPIC_ID, PARTITION, BASE_OFFSET, CREATED_NS, FILE_LENGTH, SegmentDescriptor.FLAG_REUSED, crc);
    }

    private String fault()
    {
        return SegmentDescriptor.fault(buffer, TOPIC_ID, PARTITION, crc);
    }

    @Test
    void shouldLieWhereTheSchemaSays()
    {
        assertEquals(SegmentHeaderDecoder.magicEncodingOffset(), SegmentDescriptor.MAGIC_OFFSET);
        assertEquals(SegmentHeaderDecoder.formatVersionEncodingOffset(), SegmentDescriptor.FORMAT_VERSION_OFFSET);
        assertEquals(SegmentHeaderDecoder.partitionEncodingOffset(), SegmentDescriptor.PARTITION_OFFSET);
        assertEquals(SegmentHeaderDecoder.topicIdEncodingOffset(), SegmentDescriptor.TOPIC_ID_OFFSET);
        assertEquals(SegmentHeaderDecoder.baseOffsetEncodingOffset(), SegmentDescriptor.BASE_OFFSET_OFFSET);
        assertEquals(SegmentHeaderDecoder.createdEncodingOffset(), SegmentDescriptor.CREATED_OFFSET);
        assertEquals(SegmentHeaderDecoder.fileLengthEncodingOffset(), SegmentDescriptor.FILE_LENGTH_OFFSET);
        assertEquals(SegmentHeaderDecoder.flagsEncodingOffset(), SegmentDescriptor.FLAGS_OFFSET);
        assertEquals(SegmentHeaderDecoder.headerCrcEncodingOffset(), SegmentDescriptor.CRC_OFFSET);
        assertEquals(SegmentHeaderDecoder.ENCODED_LENGTH, SegmentDescriptor.CRC_OFFSET + Integer.BYTES);
        assertTrue(SegmentDescriptor.FIELDS_LENGTH >= SegmentHeaderDecoder.ENCODED_LENGTH);
    }

    @Test
    void shouldBeReadByTheGeneratedCodec()
    {
        encode();
        final SegmentHeaderDecoder decoder = new SegmentHeaderDecoder().wrap(buffer, 0);
        assertEquals("EPONALOG", buffer.getStringWithoutLengthAscii(0, Long.BYTES));
        assertEquals(SegmentDescriptor.MAGIC, decoder.magic());
        assertEquals(1, decoder.formatVersion());
        assertEquals(PARTITION, decoder.partition());
        assertEquals(TOPIC_ID, decoder.topicId());
        assertEquals(BASE_OFFSET, decoder.baseOffset());
        assertEquals(CREATED_NS, decoder.created());
        assertEquals(FILE_LENGTH, decoder.fileLength());
        assertEquals(1, decoder.flags());
        final CRC32C expected = new CRC32C();
        expected.update(buffer.byteBuffer().duplicate().position(0).limit(48));
        assertEquals(expected.getValue(), decoder.headerCrc());
        for (int i = SegmentHeaderDecoder.ENCODED_LENGTH; i < SegmentDescriptor.HEADER_LENGTH; i++)
        {
            assertEquals(0, buffer.getByte(i), "byte " + i);
        }
        assertNull(fault());
        assertTrue(SegmentDescriptor.isReused(buffer));
    }

    @Test
    void shouldNoticeAChangeOfAnyByteAndAnInvalidHeader()
    {
        encode();
        for (int i = 0; i < SegmentHeaderDecoder.ENCODED_LENGTH; i++)
        {
            buffer.putByte(i, (byte)(buffer.getByte(i) ^ 0x10));
            assertNotNull(fault(), "byte " + i);
            buffer.putByte(i, (byte)(buffer.getByte(i) ^ 0x10));
        }
        assertNull(fault());

        SegmentDescriptor.invalidate(buffer);
        assertNotNull(fault());
    }

    @Test
    void shouldNameFiles()
    {
        final Path directory = Path.of("orders-0");
        final Path log = SegmentDescriptor.logFile(directory, 4711);
        assertEquals("00000000000000004711.log", log.getFileName().toString());
        assertEquals(
            "09223372036854775807.log", SegmentDescriptor.logFile(directory, Long.MAX_VALUE).getFileName().toString());
        assertTrue(SegmentDescriptor.isLogFile(log));
        assertFalse(SegmentDescriptor.isNextFile(log));

        final Path next = SegmentDescriptor.nextFile(directory, 3);
        assertEquals("3.next", next.getFileName().toString());
        assertTrue(SegmentDescriptor.isNextFile(next));
        assertFalse(SegmentDescriptor.isLogFile(next));
        assertFalse(SegmentDescriptor.isLogFile(directory.resolve("0000000000000000471x.log")));
    }
}
