package io.epona.simulator.oracle;

import io.epona.codecs.replication.AppendBatchesDecoder;
import io.epona.codecs.replication.FollowerStateDecoder;
import io.epona.codecs.replication.LeaderProgressDecoder;
import io.epona.codecs.replication.MessageHeaderDecoder;
import io.epona.codecs.replication.ReplicaAcksDecoder;
import io.epona.codecs.replication.SyncReplyDecoder;
import org.agrona.DirectBuffer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * I18: looks at the replicas before and after a message for another leader epoch or another topic. Whether a message
 * is of a former life of its sender is left out: a receiver may not know yet, and what was acknowledged in a former
 * life counts for the entry of that life.
 * <p>
 * Owned by the thread of its world.
 */
public final class StaleMessages
{
    /** What a replica was like. */
    private record Before(ReplicaView view, long logStart, long logEnd, long highWatermark)
    {
        static Before of(final ReplicaView view)
        {
            return new Before(view, view.logStart(), view.logEnd(), view.highWatermark());
        }

        @Override
        public String toString()
        {
            return "topic " + view.topicId() + " partition " + view.partition() + ", log start " + logStart +
                ", log end " + logEnd + ", high watermark " + highWatermark;
        }
    }

    private final Oracle oracle;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final AppendBatchesDecoder appendBatches = new AppendBatchesDecoder();
    private final FollowerStateDecoder followerState = new FollowerStateDecoder();
    private final SyncReplyDecoder syncReply = new SyncReplyDecoder();
    private final ReplicaAcksDecoder replicaAcks = new ReplicaAcksDecoder();
    private final LeaderProgressDecoder leaderProgress = new LeaderProgressDecoder();
    private final List<Before> stale = new ArrayList<>();

    /**
     * @param oracle to tell.
     */
    public StaleMessages(final Oracle oracle)
    {
        this.oracle = oracle;
    }

    /**
     * A message is about to be handled.
     *
     * @param views  of all replicas of the broker.
     * @param buffer that holds the message.
     * @param index  of it.
     */
    public void before(final Collection<? extends ReplicaView> views, final DirectBuffer buffer, final int index)
    {
        stale.clear();
        header.wrap(buffer, index);
        switch (header.templateId())
        {
            case AppendBatchesDecoder.TEMPLATE_ID ->
            {
                appendBatches.wrapAndApplyHeader(buffer, index, header);
                add(views, appendBatches.topicId(), appendBatches.partition(), appendBatches.leaderEpoch(), true);
            }
            case FollowerStateDecoder.TEMPLATE_ID ->
            {
                for (final FollowerStateDecoder.PartitionsDecoder of :
                    followerState.wrapAndApplyHeader(buffer, index, header).partitions())
                {
                    add(views, of.topicId(), of.partition(), of.leaderEpoch(), false);
                    of.tail().forEach((tail) -> tail.epoch());
                }
            }
            case SyncReplyDecoder.TEMPLATE_ID ->
            {
                for (final SyncReplyDecoder.PartitionsDecoder of :
                    syncReply.wrapAndApplyHeader(buffer, index, header).partitions())
                {
                    add(views, of.topicId(), of.partition(), of.leaderEpoch(), false);
                }
            }
            case ReplicaAcksDecoder.TEMPLATE_ID ->
            {
                for (final ReplicaAcksDecoder.PartitionsDecoder of :
                    replicaAcks.wrapAndApplyHeader(buffer, index, header).partitions())
                {
                    add(views, of.topicId(), of.partition(), of.leaderEpoch(), false);
                }
            }
            case LeaderProgressDecoder.TEMPLATE_ID ->
            {
                for (final LeaderProgressDecoder.PartitionsDecoder of :
                    leaderProgress.wrapAndApplyHeader(buffer, index, header).partitions())
                {
                    add(views, of.topicId(), of.partition(), of.leaderEpoch(), false);
                }
            }
            default ->
            {
                // Others name no epoch that a replica would act on.
            }
        }
    }

    private void add(
        final Collection<? extends ReplicaView> views,
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final boolean isAlone)
    {
        ReplicaView found = null;
        for (final ReplicaView view : views)
        {
            found = view.topicId() == topicId && view.partition() == partition ? view : found;
        }
        if (null != found && found.leaderEpoch() != leaderEpoch)
        {
            stale.add(Before.of(found));
        }
        else if (null == found && isAlone)
        {
            views.forEach((view) -> stale.add(Before.of(view)));
        }
    }

    /**
     * The message was handled.
     *
     * @param senderId broker that sent it.
     */
    public void after(final int senderId)
    {
        for (final Before before : stale)
        {
            oracle.onStaleMessage(before, Before.of(before.view), "a stale message of broker " + senderId);
        }
        stale.clear();
    }
}
