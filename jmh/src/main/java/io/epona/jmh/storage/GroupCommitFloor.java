package io.epona.jmh.storage;

import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.WRITE;

/**
 * The least that a group commit on two threads can be: one copies records behind each other in memory; the other writes
 * what is there through to a file that was written before, again and again.
 * No headers, no checksums, no rolls, nobody else who wants a core or the file system. What it takes is the host's.
 */
final class GroupCommitFloor implements AutoCloseable
{
    private static final int FILE_LENGTH = 128 << 20;
    private static final int CHUNK_LENGTH = 1 << 20;
    private static final long PARK_NS = 10_000_000L;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(FILE_LENGTH);
    private final UnsafeBuffer buffer = new UnsafeBuffer(memory);
    private final UnsafeBuffer value;
    private final FileChannel channel;
    private final AtomicLong appended = new AtomicLong();
    private final AtomicLong synced = new AtomicLong();
    private final Thread flusher;
    private volatile boolean isParked;
    private volatile boolean isStopping;
    private volatile IOException fault;

    GroupCommitFloor(final Path directory, final int valueLength)
    {
        value = new UnsafeBuffer(LogUnderTest.payload(valueLength));
        try
        {
            final Path file = directory.resolve("group");
            try (FileChannel plain = FileChannel.open(file, CREATE_NEW, WRITE))
            {
                for (int index = 0; index < FILE_LENGTH; index += CHUNK_LENGTH)
                {
                    plain.write(memory.duplicate().position(index).limit(index + CHUNK_LENGTH), index);
                }
                plain.force(true);
            }
            channel = FileChannel.open(file, WRITE, DSYNC);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
        flusher = Threads.start("group-commit-floor", this::flush);
    }

    /**
     * Copy a record behind the last one. One thread.
     *
     * @return where it ends.
     */
    long append()
    {
        final int length = value.capacity();
        final long position = appended.getPlain();
        buffer.putBytes((int)(position % FILE_LENGTH), value, 0, length);
        // A full fence, so that either the flusher sees the record or this thread sees it parked.
        appended.set(position + length);
        if (isParked)
        {
            LockSupport.unpark(flusher);
        }

        return position + length;
    }

    /**
     * @param end of a record.
     * @return whether it is on disk.
     */
    boolean isSynced(final long end)
    {
        if (null != fault)
        {
            throw new UncheckedIOException(fault);
        }

        return synced.getAcquire() >= end;
    }

    private void flush()
    {
        try
        {
            while (!isStopping)
            {
                final long from = synced.getPlain();
                final long to = appended.get();
                if (from < to)
                {
                    final int index = (int)(from % FILE_LENGTH);
                    final int end = (int)Math.min(FILE_LENGTH, index + (to - from));
                    final ByteBuffer source = memory.duplicate().limit(end).position(index);
                    while (source.hasRemaining())
                    {
                        channel.write(source, source.position());
                    }
                    synced.setRelease(from + end - index);
                }
                else
                {
                    isParked = true;
                    if (appended.get() == from)
                    {
                        LockSupport.parkNanos(this, PARK_NS);
                    }
                    isParked = false;
                }
            }
        }
        catch (final IOException ex)
        {
            fault = ex;
        }
    }

    @Override
    public void close()
    {
        isStopping = true;
        LockSupport.unpark(flusher);
        Threads.join(flusher);
        try
        {
            channel.close();
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }
}
