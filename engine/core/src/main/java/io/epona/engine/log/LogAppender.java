package io.epona.engine.log;

import io.epona.codecs.batch.RecordBatchBuilder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** Owner's side of a log. */
public final class LogAppender
{
    private static IllegalStateException missing()
    {
        return new IllegalStateException("not yet");
    }

    public void owner(final Thread thread)
    {
        throw missing();
    }

    public long append(final DirectBuffer value, final int index, final int length)
    {
        throw missing();
    }

    public long append(
        final long timestampNs,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        throw missing();
    }

    public long tryClaim(final long timestampNs, final int keyLength, final int valueLength)
    {
        throw missing();
    }

    public MutableDirectBuffer claimBuffer()
    {
        throw missing();
    }

    public int claimIndex()
    {
        throw missing();
    }

    public long commitClaim()
    {
        throw missing();
    }

    public void abortClaim()
    {
        throw missing();
    }

    public RecordBatchBuilder tryBeginBatch(final int capacity, final long nowNs)
    {
        throw missing();
    }

    public long commitBatch(final long nowNs)
    {
        throw missing();
    }

    public void abortBatch()
    {
        throw missing();
    }

    public long appendBatch(final DirectBuffer src, final int index, final int length, final long nowNs)
    {
        throw missing();
    }
}
