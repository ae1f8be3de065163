package io.epona.simulator.oracle;

import org.agrona.collections.Long2ObjectHashMap;

/**
 * I12: in C each producer's sequences are there once each and in order, and so are the records in the order in which
 * they were sent, of which the ids tell.
 * <p>
 * Owned by the thread of its world.
 */
final class SequenceCheck
{
    private static final class Progress
    {
        short epoch;
        int nextSequence;
        long lastId;
    }

    private final PartitionTruth partition;
    private final Verdicts verdicts;
    private final Long2ObjectHashMap<Progress> byProducer = new Long2ObjectHashMap<>();

    SequenceCheck(final PartitionTruth partition, final Verdicts verdicts)
    {
        this.partition = partition;
        this.verdicts = verdicts;
    }

    void onCommitted(final BatchFact batch)
    {
        if (batch.producerId < 0 || 0 == batch.ids.length)
        {
            return;
        }

        Progress progress = byProducer.get(batch.producerId);
        if (null == progress)
        {
            progress = new Progress();
            progress.epoch = -1;
            progress.lastId = Long.MIN_VALUE;
            byProducer.put(batch.producerId, progress);
        }
        final int wanted = batch.producerEpoch > progress.epoch ? 0 : progress.nextSequence;
        final boolean isEpochRight = batch.producerEpoch >= progress.epoch;
        verdicts.check(
            Invariant.I12, isEpochRight && batch.baseSequence == wanted,
            () -> partition + ": committed " + batch + ", expected sequence " + wanted);
        for (final long id : batch.ids)
        {
            final long lastId = progress.lastId;
            verdicts.check(
                Invariant.I12, id > lastId,
                () -> partition + ": committed " + batch + " with record " + Long.toHexString(id) + " behind " +
                    Long.toHexString(lastId) + " of the same producer");
            progress.lastId = id;
        }
        progress.epoch = batch.producerEpoch;
        progress.nextSequence = batch.baseSequence + batch.ids.length & Integer.MAX_VALUE;
    }

    /** C was cut by an unclean election. */
    void rebuild(final LogImage committed)
    {
        byProducer.clear();
        for (final BatchFact batch : committed.batches())
        {
            onCommitted(batch);
        }
    }
}
