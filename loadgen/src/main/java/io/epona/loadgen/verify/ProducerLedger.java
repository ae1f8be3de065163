package io.epona.loadgen.verify;

/**
 * What the producers handed over and what became of it: accepted = acknowledged + refused + in doubt. Owned by the
 * generator's thread; read by others when that thread has ended.
 */
public final class ProducerLedger
{
    private static final int MAX_REFUSED_RANGES = 1024;

    private final int partitions;
    private final long[] accepted;
    private final long[] settled;
    private final int[] refusedStreams = new int[MAX_REFUSED_RANGES];
    private final long[] refusedBegins = new long[MAX_REFUSED_RANGES];
    private final long[] refusedEnds = new long[MAX_REFUSED_RANGES];
    private int refusedRanges;
    private long acceptedTotal;
    private long ackedTotal;
    private long refusedTotal;
    private long disorder;

    /**
     * @param producers  number of producers.
     * @param partitions of all topics.
     */
    public ProducerLedger(final int producers, final int partitions)
    {
        this.partitions = partitions;
        this.accepted = new long[producers * partitions];
        this.settled = new long[producers * partitions];
    }

    /**
     * @param producer  that sends.
     * @param partition to which.
     * @return sequence of the next record of that stream.
     */
    public long nextSequence(final int producer, final int partition)
    {
        return accepted[producer * partitions + partition];
    }

    /**
     * @param producer  that sends.
     * @param partition to which.
     * @return one beyond the last sequence of that stream that was acknowledged or refused.
     */
    public long settledSequence(final int producer, final int partition)
    {
        return settled[producer * partitions + partition];
    }

    /**
     * The next record of a stream was accepted by the driver.
     *
     * @param producer  that sent it.
     * @param partition to which.
     */
    public void onAccepted(final int producer, final int partition)
    {
        accepted[producer * partitions + partition]++;
        acceptedTotal++;
    }

    /**
     * A range of records was acknowledged or refused.
     *
     * @param producer      that sent them.
     * @param partition     to which.
     * @param firstSequence of the range.
     * @param count         of records.
     * @param code          0, or a negative result.
     */
    public void onAck(
        final int producer, final int partition, final long firstSequence, final int count, final long code)
    {
        final int stream = producer * partitions + partition;
        if (firstSequence != settled[stream] || firstSequence + count > accepted[stream])
        {
            disorder++;
        }
        settled[stream] = Math.max(settled[stream], firstSequence + count);

        if (0 == code)
        {
            ackedTotal += count;
            return;
        }

        refusedTotal += count;
        if (refusedRanges < MAX_REFUSED_RANGES)
        {
            refusedStreams[refusedRanges] = stream;
            refusedBegins[refusedRanges] = firstSequence;
            refusedEnds[refusedRanges] = firstSequence + count;
            refusedRanges++;
        }
    }

    /**
     * @return records taken by the driver.
     */
    public long accepted()
    {
        return acceptedTotal;
    }

    /**
     * @return records acknowledged as stored.
     */
    public long acked()
    {
        return ackedTotal;
    }

    /**
     * @return records acknowledged as not stored.
     */
    public long refused()
    {
        return refusedTotal;
    }

    /**
     * @return records of which nothing was heard.
     */
    public long inDoubt()
    {
        return acceptedTotal - ackedTotal - refusedTotal;
    }

    /**
     * @return acknowledgements that did not follow the one before, or named records never sent.
     */
    public long disorder()
    {
        return disorder;
    }

    long lost(final int producer, final int partition, final StreamWindow window)
    {
        final int stream = producer * partitions + partition;
        long missing = window.missing(0, settled[stream]);
        for (int i = 0; i < refusedRanges; i++)
        {
            if (refusedStreams[i] == stream)
            {
                missing -= window.missing(refusedBegins[i], refusedEnds[i]);
            }
        }

        return Math.max(0, missing);
    }

    long phantoms(final int producer, final int partition, final StreamWindow window)
    {
        return Math.max(0, window.end() - accepted[producer * partitions + partition]);
    }
}
