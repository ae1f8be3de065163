package io.epona.jmh.storage;

import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.zip.CRC32C;

/**
 * A mapped log as one writes it in an hour: per record a checksum, a copy, an ordered store of the length; when a file
 * is full the appending thread makes and maps the next one and deletes the oldest. Nothing is prepared ahead.
 */
final class PlainLog implements AutoCloseable
{
    private static final int HEADER_LENGTH = 8;

    private final Path directory;
    private final long keepBytes;
    private final CRC32C crc = new CRC32C();
    private final ArrayDeque<Path> files = new ArrayDeque<>();
    private MappedByteBuffer mapped;
    private UnsafeBuffer buffer;
    private int tail;
    private int forced;
    private long number;

    PlainLog(final Path directory, final long keepBytes)
    {
        this.directory = directory;
        this.keepBytes = keepBytes;
        roll();
    }

    void append(final byte[] value)
    {
        final int length = HEADER_LENGTH + value.length;
        if (tail + length > LogUnderTest.SEGMENT_BYTES)
        {
            roll();
        }
        crc.reset();
        crc.update(value);
        buffer.putBytes(tail + HEADER_LENGTH, value);
        buffer.putInt(tail + 4, (int)crc.getValue());
        buffer.putIntOrdered(tail, length);
        tail += length;
    }

    /** Force what was appended to this file since the last call. */
    void force()
    {
        mapped.force(forced, tail - forced);
        forced = tail;
    }

    private void roll()
    {
        if (null != mapped)
        {
            IoUtil.unmap(mapped);
        }
        if ((long)files.size() * LogUnderTest.SEGMENT_BYTES > keepBytes)
        {
            IoUtil.deleteIfExists(files.poll().toFile());
        }
        final Path path = directory.resolve(number++ + ".log");
        files.add(path);
        mapped = IoUtil.mapNewFile(path.toFile(), LogUnderTest.SEGMENT_BYTES, false);
        buffer = new UnsafeBuffer(mapped);
        tail = 0;
        forced = 0;
    }

    @Override
    public void close()
    {
        IoUtil.unmap(mapped);
    }
}
