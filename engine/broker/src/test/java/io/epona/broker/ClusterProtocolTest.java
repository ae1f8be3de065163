package io.epona.broker;

import io.epona.client.EponaClient;
import io.epona.client.TopicDescription;
import io.epona.codecs.ResultCode;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.ProduceAcksDecoder;
import io.epona.codecs.client.PushDecoder;
import io.epona.codecs.client.SubscriptionEndDecoder;
import io.epona.transport.Lane;
import io.epona.transport.LaneKind;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What brokers of a cluster answer, message by message. */
class ClusterProtocolTest extends BrokersFixture
{
    private int leader;

    @BeforeEach
    void start()
    {
        brokers.start();
        brokers.start();
        brokers.createTopic(TOPIC, 1, 2, "1");
        leader = brokers.awaitLeader(TOPIC, 0, 2);
    }

    private TestPeer peer(final int brokerId)
    {
        return new TestPeer(brokers.broker(brokerId), brokers.broker(brokerId).udpUri(), false);
    }

    private TopicDescription describe(final int brokerId)
    {
        try (EponaClient client = brokers.connect(brokerId))
        {
            return client.admin().describeTopic(TOPIC);
        }
    }

    private static SubscriptionEndDecoder end(final UnsafeBuffer message)
    {
        assertEquals(SubscriptionEndDecoder.TEMPLATE_ID, TestPeer.templateId(message));
        return new SubscriptionEndDecoder().wrapAndApplyHeader(message, 0, new MessageHeaderDecoder());
    }

    private ProduceAcksDecoder.AcksDecoder produce(final TestPeer peer, final Lane lane, final int requestId)
    {
        final long topicId = describe(leader).topicId();
        peer.send(lane, peer.produceMessage(topicId, 0, requestId, -1, new byte[]{ 1, 2, 3 }));
        final ProduceAcksDecoder.AcksDecoder acks = new ProduceAcksDecoder()
            .wrapAndApplyHeader(peer.receive(lane), 0, new MessageHeaderDecoder()).acks();
        assertEquals(1, acks.count());
        acks.next();
        assertEquals(requestId, acks.requestId());
        return acks;
    }

    @Test
    void refusesWhereItDoesNotLead()
    {
        final int follower = 1 - leader;
        final TopicDescription description = describe(follower);
        assertEquals(leader, description.partitions().get(0).leader());
        try (TestPeer peer = peer(follower))
        {
            peer.connect();
            final ProduceAcksDecoder.AcksDecoder ack = produce(peer, peer.attach(LaneKind.PRODUCE), 7);
            assertEquals(ResultCode.NOT_LEADER.code(), ack.code());
            assertEquals(-1, ack.baseOffset(), "nothing was appended");
            assertEquals(description.partitions().get(0).leaderEpoch(), ack.leaderEpoch());

            final Lane lane = peer.attach(LaneKind.CONSUME);
            peer.subscribe(lane, description.topicId(), 0, 0, 1);
            final SubscriptionEndDecoder end = end(peer.receive(lane));
            assertEquals(ResultCode.NOT_LEADER.code(), end.code());
            assertEquals(1, end.subscriptionId());
            peer.subscribe(lane, description.topicId() + 1000, 0, 0, 2);
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), end(peer.receive(lane)).code());
        }
    }

    @Test
    void acknowledgesWithTheReplicasThatHaveIt()
    {
        try (TestPeer peer = peer(leader))
        {
            peer.connect();
            final ProduceAcksDecoder.AcksDecoder ack = produce(peer, peer.attach(LaneKind.PRODUCE), 7);
            assertEquals(0, ack.code());
            assertEquals(0, ack.baseOffset());
            assertEquals(2, ack.inMemory());
        }
        // each broker tells of its own replica, whichever is asked first
        final TopicDescription.Partition partition = describe(1 - leader).partitions().get(0);
        assertEquals(1, partition.highWatermark());
        for (final TopicDescription.Replica replica : partition.replicas())
        {
            assertEquals(1, replica.logEnd(), () -> "of broker " + replica.brokerId());
            assertTrue(replica.highWatermark() >= 0);
            assertTrue(replica.isInSync());
        }
    }

    @Test
    void endsSubscriptionsWithTheLeadershipAndTellsWhereLogsPart() throws Exception
    {
        final int firstEpoch = describe(leader).partitions().get(0).leaderEpoch();
        final long topicId = describe(leader).topicId();
        try (TestPeer peer = peer(leader))
        {
            peer.connect();
            produce(peer, peer.attach(LaneKind.PRODUCE), 7);
            final Lane lane = peer.attach(LaneKind.CONSUME);
            peer.subscribe(lane, topicId, 0, 0, 1);
            assertEquals(PushDecoder.TEMPLATE_ID, TestPeer.templateId(peer.receive(lane)));
            brokers.expireSession(leader);
            final SubscriptionEndDecoder end = end(peer.receive(lane));
            assertEquals(ResultCode.NOT_LEADER.code(), end.code());
            assertEquals(1, end.subscriptionId());
        }

        leader = brokers.awaitLeader(TOPIC, 0, 2);
        final int epoch = describe(leader).partitions().get(0).leaderEpoch();
        assertTrue(epoch > firstEpoch);
        try (TestPeer peer = peer(leader))
        {
            peer.connect();
            assertEquals(0, produce(peer, peer.attach(LaneKind.PRODUCE), 8).code());
            final Lane lane = peer.attach(LaneKind.CONSUME);
            // Had a second record of the first epoch, of which there is but one here.
            peer.subscribe(lane, topicId, 0, 2, firstEpoch, 1);
            final SubscriptionEndDecoder end = end(peer.receive(lane));
            assertEquals(ResultCode.TRUNCATED.code(), end.code());
            assertEquals(firstEpoch, end.divergedEpoch());
            assertEquals(1, end.divergedEnd());
            assertEquals(epoch, end.leaderEpoch());

            peer.subscribe(lane, topicId, 0, 1, firstEpoch, 2);
            final UnsafeBuffer message = peer.receive(lane);
            assertEquals(PushDecoder.TEMPLATE_ID, TestPeer.templateId(message));
            final PushDecoder push = new PushDecoder().wrapAndApplyHeader(message, 0, new MessageHeaderDecoder());
            assertEquals(2, push.subscriptionId());
            assertEquals(2, push.hw());
            assertEquals(epoch, push.leaderEpoch());
        }
    }
}
