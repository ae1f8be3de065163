package io.epona.broker;

import org.agrona.ErrorHandler;
import org.agrona.IoUtil;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.status.AtomicCounter;

import java.io.File;
import java.nio.MappedByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * The distinct error log of a broker: each kind of error once, with a count and the times of the first and the last,
 * in the mapped file {@code errors} of the data directory. A new start begins a new file and keeps the last one as
 * {@code errors.previous}.
 * <p>
 * Any thread may record.
 */
final class ErrorRecorder implements ErrorHandler, AutoCloseable
{
    static final String FILE_NAME = "errors";
    private static final String PREVIOUS_FILE_NAME = "errors.previous";
    private static final int LENGTH = 256 * 1024;
    private static final int EARLY_CAPACITY = 64;

    private final Queue<Throwable> early = new ManyToOneConcurrentArrayQueue<>(EARLY_CAPACITY);
    private final EpochClock clock;
    private final AtomicCounter counter;
    private final ErrorHandler next;
    private MappedByteBuffer mapping;
    private UnsafeBuffer buffer;
    private volatile DistinctErrorLog log;

    /**
     * @param clock   of the observations.
     * @param counter of all errors, the repeated ones included.
     * @param next    told after the error is recorded, or null.
     */
    ErrorRecorder(final EpochClock clock, final AtomicCounter counter, final ErrorHandler next)
    {
        this.clock = clock;
        this.counter = counter;
        this.next = next;
    }

    /**
     * Begin a new file. What was recorded before goes into it.
     *
     * @param dataDir exists, and is locked by this broker.
     */
    void open(final Path dataDir)
    {
        final File file = dataDir.resolve(FILE_NAME).toFile();
        final File previous = dataDir.resolve(PREVIOUS_FILE_NAME).toFile();
        if (file.exists())
        {
            IoUtil.deleteIfExists(previous);
            if (!file.renameTo(previous))
            {
                throw BrokerException.infrastructure(
                    "cannot rename " + file + " to " + previous + ": check the permissions of the directory", null);
            }
        }
        mapping = IoUtil.mapNewFile(file, LENGTH, true);
        buffer = new UnsafeBuffer(mapping);
        final DistinctErrorLog opened = new DistinctErrorLog(buffer, clock, StandardCharsets.UTF_8);
        Throwable throwable;
        while (null != (throwable = early.poll()))
        {
            opened.record(throwable);
        }
        log = opened;
    }

    @Override
    public void onError(final Throwable throwable)
    {
        counter.increment();
        final DistinctErrorLog current = log;
        if (null == current)
        {
            early.offer(throwable);
        }
        else
        {
            current.record(throwable);
        }
        if (null != next)
        {
            next.onError(throwable);
        }
    }

    /**
     * @return one line for each kind of error: how often, and its first line. Any thread.
     */
    List<String> lines()
    {
        final List<String> lines = new ArrayList<>();
        if (null != log)
        {
            ErrorLogReader.read(
                buffer,
                (count, first, last, text) ->
                {
                    final int end = text.indexOf('\n');
                    lines.add(count + " x " + (end < 0 ? text : text.substring(0, end)));
                });
        }

        return lines;
    }

    /**
     * Unmap the file. After the last thread that records has ended.
     */
    @Override
    public void close()
    {
        if (null != log)
        {
            log = null;
            IoUtil.unmap(mapping);
        }
    }
}
