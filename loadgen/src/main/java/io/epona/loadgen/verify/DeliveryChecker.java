package io.epona.loadgen.verify;

import io.epona.codecs.batch.Crc32c;
import io.epona.loadgen.scenario.Scenario.CrcScope;
import org.agrona.DirectBuffer;

import static io.epona.loadgen.verify.Payload.*;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Checks every record that the consumers receive and tells duplicated, reordered and corrupt apart; what was lost
 * is known when it is held against the producers' {@link ProducerLedger}. Allocation-free while nothing is missing.
 * <p>
 * Owned by the thread that polls all consumers; read by others when that thread has ended.
 */
public final class DeliveryChecker
{
    private final Crc32c crc = new Crc32c();
    private final CrcScope scope;
    private final int producers;
    private final int partitions;
    private final StreamWindow[] streams;
    private long duplicated;
    private long reordered;
    private long corrupt;
    private long corruptInPlace;

    /**
     * @param producers  number of producers.
     * @param partitions of all topics.
     * @param scope      what the checksums cover.
     */
    public DeliveryChecker(final int producers, final int partitions, final CrcScope scope)
    {
        this.scope = scope;
        this.producers = producers;
        this.partitions = partitions;
        this.streams = new StreamWindow[producers * partitions];
        for (int i = 0; i < streams.length; i++)
        {
            streams[i] = new StreamWindow();
        }
    }

    /**
     * Check one received value.
     *
     * @param partition that it was received from.
     * @param key       that it was received with, as drivers tell it.
     * @param buffer    holding it.
     * @param index     of the value.
     * @param length    of the value.
     * @return whether it is intact and delivered for the first time.
     */
    public boolean onRecord(
        final int partition, final long key, final DirectBuffer buffer, final int index, final int length)
    {
        if (length < HEADER_LENGTH)
        {
            corrupt++;
            return false;
        }

        final int identity = buffer.getInt(index + IDENTITY_OFFSET, LITTLE_ENDIAN);
        final long sequence = buffer.getLong(index + SEQUENCE_OFFSET, LITTLE_ENDIAN);
        final int producer = Payload.producer(identity);
        final boolean plausible = producer < producers && Payload.partition(identity) == partition && sequence >= 0;
        if (!plausible || !isIntact(identity, key, sequence, buffer, index, length))
        {
            onCorrupt(plausible, producer, partition, sequence);
            return false;
        }

        final int outcome = streams[producer * partitions + partition].onSequence(sequence);
        if (StreamWindow.NEW != outcome)
        {
            if (StreamWindow.DUPLICATE == outcome)
            {
                duplicated++;
                return false;
            }
            reordered++;
        }

        return true;
    }

    private boolean isIntact(
        final int identity,
        final long key,
        final long sequence,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        if (CrcScope.NONE == scope)
        {
            return true;
        }

        final int expected = buffer.getInt(index + CHECKSUM_OFFSET, LITTLE_ENDIAN);
        return (expected ^ Payload.mixKey(key)) == (checksWhole(scope, sequence) ?
            Payload.crc(crc, buffer, index, length) :
            mix(identity, sequence, intendedNs(buffer, index), acceptedNs(buffer, index), length));
    }

    private void onCorrupt(final boolean plausible, final int producer, final int partition, final long sequence)
    {
        corrupt++;
        if (plausible)
        {
            // A damaged body behind a header in its right place: the record is accounted for, and not lost as well.
            final StreamWindow stream = streams[producer * partitions + partition];
            if (sequence == stream.end())
            {
                stream.onSequence(sequence);
                corruptInPlace++;
            }
        }
    }

    /**
     * @return records received more than once.
     */
    public long duplicated()
    {
        return duplicated;
    }

    /**
     * @return records received after one that was sent later.
     */
    public long reordered()
    {
        return reordered;
    }

    /**
     * @return records whose checksum, identity or length was wrong.
     */
    public long corrupt()
    {
        return corrupt;
    }

    /**
     * @return records that have been missing for so long that they are taken for lost.
     */
    public long missingBelowWindows()
    {
        long count = 0;
        for (final StreamWindow stream : streams)
        {
            count += stream.missingBelowWindow();
        }

        return count;
    }

    long corruptOutOfPlace()
    {
        return corrupt - corruptInPlace;
    }

    StreamWindow stream(final int producer, final int partition)
    {
        return streams[producer * partitions + partition];
    }
}
