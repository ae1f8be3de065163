package io.epona.engine.cluster;

import io.epona.codecs.cluster.MessageHeaderDecoder;
import io.epona.codecs.cluster.MessageHeaderEncoder;
import io.epona.codecs.cluster.PreferredElectionDecoder;
import io.epona.codecs.cluster.PreferredElectionEncoder;
import io.epona.codecs.cluster.ReassignmentDecoder;
import io.epona.codecs.cluster.ReassignmentEncoder;
import io.epona.codecs.cluster.TopicDeletionDecoder;
import io.epona.codecs.cluster.TopicDeletionEncoder;
import io.epona.codecs.cluster.UncleanElectionDecoder;
import io.epona.codecs.cluster.UncleanElectionEncoder;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Requests of operators to the controller, as nodes to create below {@link Paths#ADMIN}. The controller deletes the
 * node when the request is done, or cannot be done. NODE_EXISTS says that the same is already asked for. Stateless: any
 * thread.
 */
public final class AdminRequests
{
    /**
     * What is asked for.
     *
     * @param topicId   of the topic.
     * @param partition index, -1 for the whole topic.
     * @param brokerId  to elect, -1 for none.
     * @param target    brokers to move to.
     */
    public record Content(long topicId, int partition, int brokerId, List<Integer> target)
    {
    }

    private AdminRequests()
    {
    }

    /**
     * @param name    of the topic to delete.
     * @param topicId that it must have.
     * @return creation of the request.
     */
    public static Operation delete(final String name, final long topicId)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final TopicDeletionEncoder encoder = new TopicDeletionEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).topicId(topicId);

        return Operation.create(Paths.ADMIN_DELETE + '/' + name, bytes(buffer, encoder.limit()));
    }

    /**
     * @param topicId   of the topic.
     * @param partition whose first replica shall lead.
     * @return creation of the request.
     */
    public static Operation prefer(final long topicId, final int partition)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final PreferredElectionEncoder encoder = new PreferredElectionEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).topicId(topicId).partition(partition);

        return Operation.create(
            Paths.request(Paths.ADMIN_PREFERRED, topicId, partition), bytes(buffer, encoder.limit()));
    }

    /**
     * @param topicId   of the topic.
     * @param partition that has no leader, and no replica that may lead.
     * @param brokerId  of the replica to elect although it may lack records.
     * @return creation of the request.
     */
    public static Operation electUnclean(final long topicId, final int partition, final int brokerId)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final UncleanElectionEncoder encoder = new UncleanElectionEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .topicId(topicId).partition(partition).brokerId(brokerId);

        return Operation.create(
            Paths.request(Paths.ADMIN_UNCLEAN, topicId, partition), bytes(buffer, encoder.limit()));
    }

    /**
     * @param topicId   of the topic.
     * @param partition to move.
     * @param target    brokers that shall hold it, in the order of preference.
     * @return creation of the request.
     */
    public static Operation reassign(final long topicId, final int partition, final List<Integer> target)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ReassignmentEncoder encoder = new ReassignmentEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).topicId(topicId).partition(partition);
        final ReassignmentEncoder.TargetEncoder group = encoder.targetCount(target.size());
        target.forEach((id) -> group.next().brokerId(id));

        return Operation.create(
            Paths.request(Paths.ADMIN_REASSIGN, topicId, partition), bytes(buffer, encoder.limit()));
    }

    /**
     * @param path  of the request.
     * @param value of the node.
     * @return what is asked for.
     * @throws NodeValues.DamagedValueException where the value is not what its path promises.
     */
    public static Content decode(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = new MessageHeaderDecoder();
            switch (Paths.parent(path))
            {
                case Paths.ADMIN_DELETE ->
                {
                    final TopicDeletionDecoder decoder = new TopicDeletionDecoder();
                    return new Content(decoder.wrapAndApplyHeader(buffer, 0, header).topicId(), -1, -1, List.of());
                }
                case Paths.ADMIN_PREFERRED ->
                {
                    final PreferredElectionDecoder decoder = new PreferredElectionDecoder();
                    decoder.wrapAndApplyHeader(buffer, 0, header);
                    return new Content(decoder.topicId(), decoder.partition(), -1, List.of());
                }
                case Paths.ADMIN_UNCLEAN ->
                {
                    final UncleanElectionDecoder decoder = new UncleanElectionDecoder();
                    decoder.wrapAndApplyHeader(buffer, 0, header);
                    return new Content(decoder.topicId(), decoder.partition(), decoder.brokerId(), List.of());
                }
                default ->
                {
                    final ReassignmentDecoder decoder = new ReassignmentDecoder();
                    decoder.wrapAndApplyHeader(buffer, 0, header);
                    final long topicId = decoder.topicId();
                    final int partition = decoder.partition();
                    final List<Integer> target = new ArrayList<>();
                    decoder.target().forEach((entry) -> target.add(entry.brokerId()));
                    return new Content(topicId, partition, -1, target);
                }
            }
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw new NodeValues.DamagedValueException("the request " + path + " is damaged", ex);
        }
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final int limit)
    {
        return Arrays.copyOf(buffer.byteArray(), limit);
    }
}
