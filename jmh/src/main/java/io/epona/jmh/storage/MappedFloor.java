package io.epona.jmh.storage;

import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What copying into mapped files costs without a log.
 */
final class MappedFloor
{
    private static final int CLOCK_EVERY = 4096;

    private MappedFloor()
    {
    }

    /**
     * Copy again and again over files that are mapped and touched.
     *
     * @param directory for the files.
     * @param bytes     of all files.
     * @param value     to copy.
     * @param seconds   to go on.
     * @return bytes copied per second.
     */
    static double touchedCopy(final Path directory, final long bytes, final UnsafeBuffer value, final int seconds)
    {
        final List<MappedByteBuffer> mapped = new ArrayList<>();
        final List<UnsafeBuffer> buffers = new ArrayList<>();
        for (long done = 0; done < bytes; done += LogUnderTest.SEGMENT_BYTES)
        {
            final MappedByteBuffer file =
                IoUtil.mapNewFile(directory.resolve("touched-" + buffers.size()).toFile(), LogUnderTest.SEGMENT_BYTES);
            mapped.add(file);
            buffers.add(new UnsafeBuffer(file));
            buffers.get(buffers.size() - 1).setMemory(0, LogUnderTest.SEGMENT_BYTES, (byte)1);
        }

        try
        {
            final int length = value.capacity();
            final long beganNs = Timing.nowNs();
            final long endNs = beganNs + TimeUnit.SECONDS.toNanos(seconds);
            long copied = 0;
            long nowNs = beganNs;
            int file = 0;
            int index = 0;
            UnsafeBuffer buffer = buffers.get(0);
            while (nowNs - endNs < 0)
            {
                for (int i = 0; i < CLOCK_EVERY; i++)
                {
                    if (index + length > LogUnderTest.SEGMENT_BYTES)
                    {
                        file = file + 1 == buffers.size() ? 0 : file + 1;
                        buffer = buffers.get(file);
                        index = 0;
                    }
                    buffer.putBytes(index, value, 0, length);
                    index += length;
                }
                copied += (long)CLOCK_EVERY * length;
                nowNs = Timing.nowNs();
            }

            return copied / seconds(nowNs - beganNs);
        }
        finally
        {
            mapped.forEach(IoUtil::unmap);
        }
    }

    /**
     * Write one new file after another through its mapping; the oldest ones are deleted beyond a size.
     *
     * @param directory for the files.
     * @param keepBytes size of the files that are kept.
     * @param value     to copy.
     * @param seconds   to go on.
     * @return bytes written per second.
     */
    static double sequentialWrite(
        final Path directory, final long keepBytes, final UnsafeBuffer value, final int seconds)
    {
        final ArrayDeque<Path> files = new ArrayDeque<>();
        final int length = value.capacity();
        final long beganNs = Timing.nowNs();
        final long endNs = beganNs + TimeUnit.SECONDS.toNanos(seconds);
        long copied = 0;
        long nowNs = beganNs;
        while (nowNs - endNs < 0)
        {
            final Path path = directory.resolve("written-" + copied);
            final MappedByteBuffer mapped = IoUtil.mapNewFile(path.toFile(), LogUnderTest.SEGMENT_BYTES, false);
            final UnsafeBuffer buffer = new UnsafeBuffer(mapped);
            files.add(path);
            int index = 0;
            while (index + length <= LogUnderTest.SEGMENT_BYTES && nowNs - endNs < 0)
            {
                for (int i = 0; i < CLOCK_EVERY && index + length <= LogUnderTest.SEGMENT_BYTES; i++)
                {
                    buffer.putBytes(index, value, 0, length);
                    index += length;
                }
                nowNs = Timing.nowNs();
            }
            copied += index;
            IoUtil.unmap(mapped);
            if ((long)files.size() * LogUnderTest.SEGMENT_BYTES > keepBytes)
            {
                IoUtil.deleteIfExists(files.poll().toFile());
            }
            nowNs = Timing.nowNs();
        }

        return copied / seconds(nowNs - beganNs);
    }

    static double seconds(final long ns)
    {
        return ns / (double)TimeUnit.SECONDS.toNanos(1);
    }
}
