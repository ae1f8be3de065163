package io.epona.simulator.oracle;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What clients of one partition were told, held against C: acknowledgements, their order in real time, and what
 * consumers got.
 * <p>
 * Owned by the thread of its world.
 */
final class ClientCheck
{
    private static final class Position
    {
        long assignment = -1;
        long nextOffset;
    }

    private final PartitionTruth partition;
    private final Verdicts verdicts;
    /** For each record on its way: the greatest offset that had been acknowledged when it was sent. */
    private final Map<Long, Long> acknowledgedAtSend = new HashMap<>();
    private final Map<Integer, Position> consumers = new TreeMap<>();
    private long acknowledged = -1;
    private long acknowledgedRecords;
    private long deliveredRecords;

    ClientCheck(final PartitionTruth partition, final Verdicts verdicts)
    {
        this.partition = partition;
        this.verdicts = verdicts;
    }

    long acknowledgedRecords()
    {
        return acknowledgedRecords;
    }

    long deliveredRecords()
    {
        return deliveredRecords;
    }

    void onSend(final long id)
    {
        acknowledgedAtSend.put(id, acknowledged);
    }

    void onAcknowledged(final long id, final long offset)
    {
        acknowledgedRecords++;
        final Long before = acknowledgedAtSend.remove(id);
        if (partition.isLossy())
        {
            return;
        }

        final BatchFact batch = partition.committed().holding(offset);
        verdicts.check(
            Invariant.I10, null != batch && batch.idAt(offset) == id,
            () -> partition + ": record " + Long.toHexString(id) + " was acknowledged at offset " + offset +
                ", committed there is " + batch + ", committed end " + partition.committed().end());
        if (null != before)
        {
            verdicts.check(
                Invariant.REAL_TIME, offset > before,
                () -> partition + ": record " + Long.toHexString(id) + " at offset " + offset +
                    " was sent after offset " + before + " was acknowledged");
        }
        acknowledged = Math.max(acknowledged, offset);
    }

    void onUnknown(final long id)
    {
        acknowledgedAtSend.remove(id);
    }

    /** Whoever leads an epoch has heard of all that was committed in epochs before when it says what is latest. */
    void onLatest(final int leaderEpoch, final long offset)
    {
        if (partition.isLossy())
        {
            return;
        }

        final long former = partition.committedBefore(leaderEpoch);
        verdicts.check(
            Invariant.I11, offset >= former,
            () -> partition + ": the latest is " + offset + " in epoch " + leaderEpoch + ", " + former +
                " were committed before");
    }

    /**
     * @param consumerId of the workload.
     * @param assignment number of what the consumer was told to read; within one nothing is skipped or repeated.
     */
    void onDelivered(final int consumerId, final long assignment, final long offset, final long id)
    {
        deliveredRecords++;
        final Position position = consumers.computeIfAbsent(consumerId, (key) -> new Position());
        if (position.assignment == assignment)
        {
            final long wanted = position.nextOffset;
            verdicts.check(
                Invariant.I11, offset == wanted || offset > wanted && partition.keys().maySkip(wanted, offset),
                () -> partition + ": consumer " + consumerId + " got offset " + offset + " for " + wanted);
        }
        position.assignment = assignment;
        position.nextOffset = offset + 1;
        if (!partition.isLossy())
        {
            final BatchFact batch = partition.committed().holding(offset);
            verdicts.check(
                Invariant.I11, null != batch && batch.idAt(offset) == id,
                () -> partition + ": consumer " + consumerId + " got record " + Long.toHexString(id) + " at offset " +
                    offset + ", committed there is " + batch + ", committed end " + partition.committed().end());
        }
    }
}
