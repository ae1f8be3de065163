package io.epona.engine.log;

import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.DirectBuffer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes from the batches of a log what the log keeps beside them, epochs and producers, and compares: for the
 * simulator and for who looks for a fault. To be given every batch that is kept, in order.
 * <p>
 * Used once, by the owner of the log.
 */
public final class LogAudit
{
    /**
     * A file of a log.
     *
     * @param file       with a header of 4096 bytes and then batches.
     * @param baseOffset of the first batch.
     * @param isGrowing  whether it is the last one.
     */
    public record Place(Path file, long baseOffset, boolean isGrowing)
    {
    }

    private final ProducerStates producers = new ProducerStates();
    private History epochs = History.EMPTY;
    private boolean isCompacted;

    /**
     * Where a log stands: whoever can look into the files finds each batch, whether it is in memory or not.
     *
     * @param log to look at.
     * @return its files, in the order of the offsets; the last one is that which grows.
     */
    public static List<Place> places(final PartitionLog log)
    {
        final List<Place> result = new ArrayList<>();
        Segment segment = log.state().directory()[0];
        while (null != segment)
        {
            result.add(new Place(segment.file().path(), segment.baseOffset(), null == segment.next()));
            segment = segment.next();
        }

        return result;
    }

    /**
     * The next batch of the log.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     */
    public void onBatch(final DirectBuffer buffer, final int index)
    {
        final int epoch = RecordBatchDescriptor.leaderEpoch(buffer, index);
        if (epoch != epochs.lastEpoch())
        {
            epochs = epochs.with(epoch, RecordBatchDescriptor.baseOffset(buffer, index));
        }
        isCompacted |= 0 != (RecordBatchDescriptor.attributes(buffer, index) & RecordBatchDescriptor.COMPACTED_FLAG);
        producers.onBatch(buffer, index);
    }

    /**
     * After the last batch.
     *
     * @param log that holds the batches; not being cut.
     * @return null where the log knows what follows from them, else what differs. A leader's epoch that has no batch
     *         yet may be known beyond them; so may producers, and batches of theirs, from before the log start or
     *         that compaction took.
     */
    public String compare(final PartitionLog log)
    {
        final History known = log.epochs().history().trimmed(log.logStart());
        final boolean isBegun = known.size() > 0 && known.start(known.size() - 1) == log.logEnd();
        final History held = isBegun ? known.truncated(log.logEnd()) : known;
        if (!epochs.equals(held))
        {
            return "the log has epochs " + epochs + ", it knows " + known;
        }

        for (final ProducerState found : producers.sorted())
        {
            final ProducerState state = log.appender().producers().state(found.producerId());
            if (null == state || !(isCompacted ? state.includes(found) : state.endsWith(found, log.logStart())))
            {
                return "the log has producer " + found + ", it knows " + state;
            }
        }

        return log.appender().producers().size() == producers.size() || log.logStart() > 0 || isCompacted ? null :
            "the log has producers " + producers + ", it knows " + log.appender().producers();
    }
}
