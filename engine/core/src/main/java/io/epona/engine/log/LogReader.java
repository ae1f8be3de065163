package io.epona.engine.log;

import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.PartitionReader.BatchesHandler;

/** Reader's side of a log. */
public final class LogReader
{
    private static IllegalStateException missing()
    {
        return new IllegalStateException("not yet");
    }

    public int poll(final RecordHandler handler, final int limit)
    {
        throw missing();
    }

    public int pollBatches(final BatchesHandler handler, final int maxLength)
    {
        throw missing();
    }

    public long seek(final long offset)
    {
        throw missing();
    }

    public long seekToEarliest()
    {
        throw missing();
    }

    public long seekToLatest()
    {
        throw missing();
    }

    public long position()
    {
        throw missing();
    }

    public void close()
    {
        throw missing();
    }
}
