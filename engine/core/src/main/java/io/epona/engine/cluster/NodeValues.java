package io.epona.engine.cluster;

import io.epona.codecs.cluster.BooleanType;
import io.epona.codecs.cluster.BrokerEpochDecoder;
import io.epona.codecs.cluster.BrokerEpochEncoder;
import io.epona.codecs.cluster.BrokerPhase;
import io.epona.codecs.cluster.BrokerRegistrationDecoder;
import io.epona.codecs.cluster.BrokerRegistrationEncoder;
import io.epona.codecs.cluster.ClusterIdDecoder;
import io.epona.codecs.cluster.ClusterIdEncoder;
import io.epona.codecs.cluster.ControllerClaimDecoder;
import io.epona.codecs.cluster.ControllerClaimEncoder;
import io.epona.codecs.cluster.ControllerEpochDecoder;
import io.epona.codecs.cluster.ControllerEpochEncoder;
import io.epona.codecs.cluster.Durability;
import io.epona.codecs.cluster.IdCounterDecoder;
import io.epona.codecs.cluster.IdCounterEncoder;
import io.epona.codecs.cluster.MessageHeaderDecoder;
import io.epona.codecs.cluster.MessageHeaderEncoder;
import io.epona.codecs.cluster.PartitionStateDecoder;
import io.epona.codecs.cluster.PartitionStateEncoder;
import io.epona.codecs.cluster.TopicValueDecoder;
import io.epona.codecs.cluster.TopicValueEncoder;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The values of nodes as bytes: an SBE message header of schema 704, then the message. Not a data path: every call
 * makes its own flyweights. Stateless: any thread.
 */
public final class NodeValues
{
    private NodeValues()
    {
    }

    /**
     * A value that is not what its path promises.
     */
    public static final class DamagedValueException extends RuntimeException
    {
        private static final long serialVersionUID = 1L;

        DamagedValueException(final String message, final Throwable cause)
        {
            super(message, cause);
        }
    }

    /**
     * What is kept of a broker over its lives; the version of the node is its epoch.
     *
     * @param cleanSince   lowest broker epoch since which no data can have been lost.
     * @param durableSince the same, but raised only by a lost directory or damage.
     * @param dirIds       of its data directories.
     */
    public record BrokerLives(int cleanSince, int durableSince, List<Uuid> dirIds)
    {
    }

    /**
     * Who is controller.
     *
     * @param brokerId        of the broker.
     * @param brokerEpoch     life of the broker.
     * @param controllerEpoch that it claimed.
     */
    public record ControllerClaim(int brokerId, int brokerEpoch, int controllerEpoch)
    {
    }

    /**
     * What a registered broker says of itself.
     *
     * @param brokerEpoch     life of the broker.
     * @param maxMessageBytes longest batch that it accepts.
     * @param dirId           of its data directory.
     * @param isRunning       whether it does not stop.
     * @param host            that it is reached at; empty where it is not.
     * @param port            of the host.
     * @param shards          that the broker's replicas are spread over, 1 to 64; 0 where it holds none for others.
     */
    public record Registration(
        int brokerEpoch, int maxMessageBytes, Uuid dirId, boolean isRunning, String host, int port, int shards)
    {
    }

    /**
     * @param topic to write down.
     * @return value of its node.
     */
    public static byte[] encodeTopic(final TopicRecord topic)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final TopicValueEncoder encoder = new TopicValueEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .topicId(topic.topicId())
            .partitionCount(topic.partitionCount())
            .replicationFactor(topic.replicationFactor());
        final TopicValueEncoder.ConfigsEncoder configs = encoder.configsCount(topic.config().size());
        for (final Map.Entry<String, String> entry : new TreeMap<>(topic.config()).entrySet())
        {
            configs.next().key(entry.getKey()).value(entry.getValue());
        }

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return the value of a topic.
     * @throws DamagedValueException where it is none.
     */
    public static TopicRecord decodeTopic(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, TopicValueDecoder.TEMPLATE_ID);
            final TopicValueDecoder decoder = new TopicValueDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            final long topicId = decoder.topicId();
            final int partitionCount = decoder.partitionCount();
            final int replicationFactor = decoder.replicationFactor();
            final Map<String, String> config = new TreeMap<>();
            for (final TopicValueDecoder.ConfigsDecoder entry : decoder.configs())
            {
                final String key = entry.key();
                config.put(key, entry.value());
            }

            return new TopicRecord(topicId, partitionCount, replicationFactor, config);
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    /**
     * @param nextId first id that was not given out.
     * @return value of a counter.
     */
    public static byte[] encodeCounter(final long nextId)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final IdCounterEncoder encoder = new IdCounterEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).nextId(nextId);

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return first id that was not given out.
     * @throws DamagedValueException where it is no counter.
     */
    public static long decodeCounter(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, IdCounterDecoder.TEMPLATE_ID);

            return new IdCounterDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version())
                .nextId();
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    /**
     * @param id of the cluster.
     * @return value of the node.
     */
    public static byte[] encodeClusterId(final Uuid id)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ClusterIdEncoder encoder = new ClusterIdEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).clusterId().high(id.high()).low(id.low());

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return the identity of a cluster.
     * @throws DamagedValueException where it is none.
     */
    public static Uuid decodeClusterId(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, ClusterIdDecoder.TEMPLATE_ID);
            final ClusterIdDecoder decoder = new ClusterIdDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());

            return new Uuid(decoder.clusterId().high(), decoder.clusterId().low());
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    /**
     * @param cleanSince   see {@link BrokerLives}.
     * @param durableSince see {@link BrokerLives}.
     * @param dirId        of the data directory.
     * @return value of {@link Paths#brokerEpoch}.
     */
    public static byte[] encodeBrokerEpoch(final int cleanSince, final int durableSince, final Uuid dirId)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final BrokerEpochEncoder encoder = new BrokerEpochEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .cleanSince(cleanSince)
            .durableSince(durableSince)
            .logDirIdsCount(1)
            .next().dirId().high(dirId.high()).low(dirId.low());

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return what is kept of a broker over its lives.
     * @throws DamagedValueException where it is none.
     */
    public static BrokerLives decodeBrokerLives(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, BrokerEpochDecoder.TEMPLATE_ID);
            final BrokerEpochDecoder decoder = new BrokerEpochDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            final int cleanSince = decoder.cleanSince();
            final int durableSince = decoder.durableSince();
            final List<Uuid> dirIds = new ArrayList<>();
            for (final BrokerEpochDecoder.LogDirIdsDecoder entry : decoder.logDirIds())
            {
                dirIds.add(new Uuid(entry.dirId().high(), entry.dirId().low()));
            }

            return new BrokerLives(cleanSince, durableSince, List.copyOf(dirIds));
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    /**
     * @param registration of a broker.
     * @return value of {@link Paths#brokerId}.
     */
    public static byte[] encodeRegistration(final Registration registration)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final BrokerRegistrationEncoder encoder = new BrokerRegistrationEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .brokerEpoch(registration.brokerEpoch())
            .protocolVersion(0)
            .maxMessageBytes(registration.maxMessageBytes())
            .shards(registration.shards());
        encoder.dirId().high(registration.dirId().high()).low(registration.dirId().low());
        encoder.phase(registration.isRunning() ? BrokerPhase.RUNNING : BrokerPhase.STOPPING);
        for (int i = 0; i < BrokerRegistrationEncoder.paddingLength(); i++)
        {
            encoder.padding(i, (short)0);
        }
        if (registration.host().isEmpty())
        {
            encoder.endpointsCount(0);
        }
        else
        {
            encoder.endpointsCount(1).next().port(registration.port()).host(registration.host());
        }
        encoder.rack("");

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return the registration of a broker.
     * @throws DamagedValueException where it is none.
     */
    public static Registration decodeRegistration(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, BrokerRegistrationDecoder.TEMPLATE_ID);
            final BrokerRegistrationDecoder decoder = new BrokerRegistrationDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());
            final int brokerEpoch = decoder.brokerEpoch();
            final int maxMessageBytes = decoder.maxMessageBytes();
            final int shards = decoder.shards();
            final Uuid dirId = new Uuid(decoder.dirId().high(), decoder.dirId().low());
            final boolean isRunning = BrokerPhase.RUNNING == decoder.phase();
            String host = "";
            int port = 0;
            for (final BrokerRegistrationDecoder.EndpointsDecoder endpoint : decoder.endpoints())
            {
                port = endpoint.port();
                host = endpoint.host();
            }

            return new Registration(brokerEpoch, maxMessageBytes, dirId, isRunning, host, port, shards);
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    static byte[] encodeControllerEpoch(final int controllerEpoch)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ControllerEpochEncoder encoder = new ControllerEpochEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).controllerEpoch(controllerEpoch);

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return epoch of the controller that wrote it.
     * @throws DamagedValueException where it is none.
     */
    public static int decodeControllerEpoch(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, ControllerEpochDecoder.TEMPLATE_ID);

            return new ControllerEpochDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version())
                .controllerEpoch();
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    static byte[] encodeControllerClaim(final ControllerClaim claim)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ControllerClaimEncoder encoder = new ControllerClaimEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .brokerId(claim.brokerId())
            .brokerEpoch(claim.brokerEpoch())
            .controllerEpoch(claim.controllerEpoch());

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return who is controller.
     * @throws DamagedValueException where it is none.
     */
    public static ControllerClaim decodeControllerClaim(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, ControllerClaimDecoder.TEMPLATE_ID);
            final ControllerClaimDecoder decoder = new ControllerClaimDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version());

            return new ControllerClaim(decoder.brokerId(), decoder.brokerEpoch(), decoder.controllerEpoch());
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    /**
     * @param state of a partition.
     * @return value of its node.
     */
    public static byte[] encodeState(final PartitionState state)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final PartitionStateEncoder encoder = new PartitionStateEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .leader(state.leader())
            .leaderBrokerEpoch(state.leaderBrokerEpoch())
            .leaderEpoch(state.leaderEpoch())
            .minIsr(state.minIsr())
            .lastUncleanEpoch(state.lastUncleanEpoch())
            .controllerEpoch(state.controllerEpoch())
            .resigned(state.resigned())
            .durability(state.groupFsync() ? Durability.GROUP_FSYNC : Durability.PAGE_CACHE)
            .uncleanElection(state.uncleanElection() ? BooleanType.TRUE : BooleanType.FALSE)
            .recovering(state.recovering() ? BooleanType.TRUE : BooleanType.FALSE)
            .padding((short)0);

        final PartitionStateEncoder.ReplicasEncoder replicas = encoder.replicasCount(state.replicas().size());
        state.replicas().forEach((id) -> replicas.next().brokerId(id));
        final PartitionStateEncoder.AddingEncoder adding = encoder.addingCount(state.adding().size());
        state.adding().forEach((id) -> adding.next().brokerId(id));
        final PartitionStateEncoder.RemovingEncoder removing = encoder.removingCount(state.removing().size());
        state.removing().forEach((id) -> removing.next().brokerId(id));
        final PartitionStateEncoder.IsrEncoder isr = encoder.isrCount(state.isr().size());
        state.isr().forEach((member) -> isr.next().brokerId(member.brokerId()).brokerEpoch(member.brokerEpoch()));
        final PartitionStateEncoder.ElrEncoder elr = encoder.elrCount(state.elr().size());
        state.elr().forEach((member) -> elr.next().brokerId(member.brokerId()).brokerEpoch(member.brokerEpoch()));
        final PartitionStateEncoder.LastKnownElrEncoder known = encoder.lastKnownElrCount(state.lastKnownElr().size());
        state.lastKnownElr()
            .forEach((member) -> known.next().brokerId(member.brokerId()).brokerEpoch(member.brokerEpoch()));

        return bytes(buffer, encoder.limit());
    }

    /**
     * @param path  of the node, for the message.
     * @param value of the node.
     * @return the state of a partition.
     * @throws DamagedValueException where it is none.
     */
    public static PartitionState decodeState(final String path, final byte[] value)
    {
        try
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(value);
            final MessageHeaderDecoder header = header(buffer, PartitionStateDecoder.TEMPLATE_ID);

            return decodeState(new PartitionStateDecoder()
                .wrap(buffer, MessageHeaderDecoder.ENCODED_LENGTH, header.blockLength(), header.version()));
        }
        catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException ex)
        {
            throw damaged(path, ex);
        }
    }

    private static PartitionState decodeState(final PartitionStateDecoder decoder)
    {
        final int leader = decoder.leader();
        final int leaderBrokerEpoch = decoder.leaderBrokerEpoch();
        final int leaderEpoch = decoder.leaderEpoch();
        final int minIsr = decoder.minIsr();
        final int lastUncleanEpoch = decoder.lastUncleanEpoch();
        final int controllerEpoch = decoder.controllerEpoch();
        final int resigned = decoder.resigned();
        final boolean groupFsync = Durability.GROUP_FSYNC == decoder.durability();
        final boolean uncleanElection = BooleanType.TRUE == decoder.uncleanElection();
        final boolean recovering = BooleanType.TRUE == decoder.recovering();
        final List<Integer> replicas = new ArrayList<>();
        decoder.replicas().forEach((entry) -> replicas.add(entry.brokerId()));
        final List<Integer> adding = new ArrayList<>();
        decoder.adding().forEach((entry) -> adding.add(entry.brokerId()));
        final List<Integer> removing = new ArrayList<>();
        decoder.removing().forEach((entry) -> removing.add(entry.brokerId()));
        final List<PartitionState.Member> isr = new ArrayList<>();
        decoder.isr().forEach((entry) -> isr.add(new PartitionState.Member(entry.brokerId(), entry.brokerEpoch())));
        final List<PartitionState.Member> elr = new ArrayList<>();
        decoder.elr().forEach((entry) -> elr.add(new PartitionState.Member(entry.brokerId(), entry.brokerEpoch())));
        final List<PartitionState.Member> known = new ArrayList<>();
        decoder.lastKnownElr()
            .forEach((entry) -> known.add(new PartitionState.Member(entry.brokerId(), entry.brokerEpoch())));

        return new PartitionState(
            leader, leaderBrokerEpoch, leaderEpoch, minIsr, lastUncleanEpoch, controllerEpoch, resigned, groupFsync,
            uncleanElection, recovering, replicas, adding, removing, isr, elr, known);
    }

    private static MessageHeaderDecoder header(final UnsafeBuffer buffer, final int templateId)
    {
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, 0);
        if (MessageHeaderDecoder.SCHEMA_ID != header.schemaId() || templateId != header.templateId())
        {
            throw new IllegalArgumentException(
                "schema " + header.schemaId() + ", template " + header.templateId() + " instead of schema " +
                MessageHeaderDecoder.SCHEMA_ID + ", template " + templateId);
        }

        return header;
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final int limit)
    {
        return Arrays.copyOf(buffer.byteArray(), limit);
    }

    private static DamagedValueException damaged(final String path, final Exception cause)
    {
        return new DamagedValueException("the value of " + path + " is damaged: " + cause.getMessage(), cause);
    }
}
