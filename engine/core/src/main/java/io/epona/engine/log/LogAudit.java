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
     */
    public record Place(Path file, long baseOffset)
    {
    }

    private final ProducerStates producers = new ProducerStates();
    private History epochs = History.EMPTY;

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
            result.add(new Place(segment.file().path(), segment.baseOffset()));
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
        producers.onBatch(buffer, index);
    }

    /**
     * After the last batch.
     *
     * @param log that holds the batches; not being cut.
     * @return null where the log knows what follows from them, else what differs. A leader's epoch that has no batch
     *         yet may be known beyond them; so may producers, and batches of theirs, from before the log start.
     */
    public String compare(final PartitionLog log)
    {
        final History known = log.epochs().history().trimmed(log.logStart());
        final boolean isBegun = known.size() > 0 && known.start(known.size() - 1) == log.logEnd();
        final History held = isBegun ? known.truncated(log.logEnd()) : known;
        if (!isSame(held))
        {
            return "the log has epochs " + epochs + ", it knows " + known;
        }

        for (final ProducerState found : producers.sorted())
        {
            final ProducerState state = log.appender().producers().state(found.producerId());
            if (null == state || !state.endsWith(found, log.logStart()))
            {
                return "the log has producer " + found + ", it knows " + state;
            }
        }

        return log.appender().producers().size() == producers.size() || log.logStart() > 0 ? null :
            "the log has producers " + producers + ", it knows " + log.appender().producers();
    }

    /**
     * Whether the epochs are those of the batches. The first may be known from a later offset on: a log start that was
     * raised, and then lost with the process or the power, leaves it so, and nothing is decided by where it begins.
     */
    private boolean isSame(final History held)
    {
        boolean isSame = held.size() == epochs.size();
        for (int i = 0; i < held.size() && isSame; i++)
        {
            isSame = held.epoch(i) == epochs.epoch(i) &&
                (held.start(i) == epochs.start(i) || 0 == i && held.start(0) > epochs.start(0));
        }

        return isSame;
    }
}
