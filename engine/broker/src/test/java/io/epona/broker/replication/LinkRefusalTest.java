package io.epona.broker.replication;

import io.aeron.ExclusivePublication;
import io.epona.broker.FreePorts;
import io.epona.codecs.replication.LeaderProgressEncoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import io.epona.codecs.replication.ReplicaHelloEncoder;
import io.epona.engine.cluster.Uuid;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Who does not say properly who it is is not heard; who does, beside it, is. */
class LinkRefusalTest extends LinkPairFixture
{
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LinkSizes.RANGE_LENGTH * 2]);
    private int next;

    @BeforeEach
    void expect()
    {
        network.expect("errorCode=13");
    }

    private ExclusivePublication stranger(final StreamKind kind)
    {
        final LinkChannels channels =
            new LinkChannels(new LinkSettings(1, FreePorts.HOST, two.port(), 0, two.sizes()), 0);
        final ExclusivePublication publication = one.aeron().addExclusivePublication(
            channels.publication(kind, FreePorts.HOST, two.port()), channels.stream(kind));
        network.await("connected", publication::isConnected);
        return publication;
    }

    private int hello(final int senderId, final Uuid clusterId, final int receiverId)
    {
        new ReplicaHelloEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .senderId(senderId)
            .senderBrokerEpoch(1)
            .receiverId(receiverId)
            .reserved(0)
            .clusterId().high(clusterId.high()).low(clusterId.low());
        return Hello.LENGTH;
    }

    private void assertRefused(final ExclusivePublication publication, final Refusal refusal)
    {
        network.expect(refusal.text());
        final long refused = two.counters().imagesRefused.get();
        final List<String> before = new ArrayList<>(two.received());
        network.await("refused", () -> two.counters().imagesRefused.get() > refused);
        assertTrue(two.errors().get(two.errors().size() - 1).contains(refusal.text()), () -> two.errors().toString());
        network.await("told", () -> !publication.isConnected());
        assertEquals(before, two.received());
        publication.close();

        assertTrue(one.links().isConnected(2));
        assertTrue(one.data(2, ++next, LENGTH) > 0);
        network.await("the other is heard", () -> two.received().contains("1 " + next));
        assertEquals(0, two.count("gone"));
    }

    @Test
    void shouldRefuseAStreamThatBeginsWithoutHello()
    {
        for (final StreamKind kind : StreamKind.values())
        {
            final ExclusivePublication publication = stranger(kind);
            new LeaderProgressEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .senderId(1).senderBrokerEpoch(1).partitionsCount(0);
            assertTrue(publication.offer(buffer, 0, 64) > 0);
            // It is too late for one.
            assertTrue(publication.offer(buffer, 0, hello(3, LinkNetwork.CLUSTER, 2)) > 0);
            assertRefused(publication, Refusal.MISSING);
        }
    }

    @Test
    void shouldRefuseAHelloThatIsNotWhole()
    {
        final ExclusivePublication publication = stranger(StreamKind.DATA);
        assertTrue(publication.offer(buffer, 0, hello(3, LinkNetwork.CLUSTER, 2) - 1) > 0);
        assertRefused(publication, Refusal.MISSING);

        final ExclusivePublication empty = stranger(StreamKind.DATA);
        assertTrue(empty.offer(buffer, 0, 0) > 0);
        assertRefused(empty, Refusal.MISSING);

        final ExclusivePublication inParts = stranger(StreamKind.DATA);
        hello(3, LinkNetwork.CLUSTER, 2);
        assertTrue(inParts.offer(buffer, 0, 20_000) > 0);
        assertRefused(inParts, Refusal.MISSING);
    }

    @Test
    void shouldRefuseABrokerOfAnotherCluster()
    {
        final ExclusivePublication publication = stranger(StreamKind.CONTROL);
        assertTrue(publication.offer(buffer, 0, hello(3, new Uuid(7, 9), 2)) > 0);
        assertRefused(publication, Refusal.FOREIGN_CLUSTER);
        final ExclusivePublication other = stranger(StreamKind.DATA);
        assertTrue(other.offer(buffer, 0, hello(3, new Uuid(8, 8), 2)) > 0);
        assertRefused(other, Refusal.FOREIGN_CLUSTER);
    }

    @Test
    void shouldNeverConnectTwoClusters()
    {
        network.expect(Refusal.FOREIGN_CLUSTER.text());
        final LinkNode stranger = network.start(
            dir, 3, FreePorts.choose(), LinkSizes.RANGE_LENGTH, 0, new Uuid(1, 1), LinkNode.SOCKET_BUFFER_LENGTH);
        stranger.register(two);
        final long taken = two.received().size();
        for (int i = 0; i < 1000; i++)
        {
            stranger.control(2, i, LENGTH);
            network.run(60);
        }
        assertEquals(taken, two.received().size());
        // In a minute: with a back-off, of two streams.
        final long refused = two.counters().imagesRefused.get();
        assertTrue(refused >= 2 * 8 && refused <= 2 * 24, () -> "refused " + refused);
        assertEquals(0, stranger.count("image"));
    }

    @Test
    void shouldRefuseABrokerThatMeansAnother()
    {
        final ExclusivePublication publication = stranger(StreamKind.CONTROL);
        assertTrue(publication.offer(buffer, 0, hello(3, LinkNetwork.CLUSTER, 4)) > 0);
        assertRefused(publication, Refusal.FOREIGN_RECEIVER);
    }

    @Test
    void shouldRefuseABrokerWithItsOwnId()
    {
        final ExclusivePublication publication = stranger(StreamKind.CONTROL);
        assertTrue(publication.offer(buffer, 0, hello(2, LinkNetwork.CLUSTER, 2)) > 0);
        assertRefused(publication, Refusal.OWN_ID);
        final ExclusivePublication negative = stranger(StreamKind.CONTROL);
        assertTrue(negative.offer(buffer, 0, hello(-1, LinkNetwork.CLUSTER, 2)) > 0);
        assertRefused(negative, Refusal.MALFORMED);
    }

    @Test
    void shouldRefuseMessagesThatAreLongerThanAny()
    {
        final LinkChannels channels = new LinkChannels(
            new LinkSettings(1, FreePorts.HOST, two.port(), 0, two.sizes()), 0);
        final ExclusivePublication publication = one.aeron().addExclusivePublication(
            channels.publication(StreamKind.DATA, FreePorts.HOST, two.port()), channels.stream(StreamKind.DATA));
        network.await("connected", publication::isConnected);
        assertTrue(publication.offer(buffer, 0, hello(3, LinkNetwork.CLUSTER, 2)) > 0);
        network.await("heard", () -> two.received().contains("image 3"));
        assertTrue(publication.offer(buffer, 0, two.sizes().maxDataLength() + 1) > 0);
        network.expect(Refusal.MALFORMED.text());
        network.await("refused", () -> two.received().contains("gone 3"));
        assertEquals(0, two.count("3 "));
        assertEquals(1, two.counters().imagesRefused.get());
        publication.close();
    }

    @Test
    void shouldBoundHowManyStreamsThereAre()
    {
        final LinkChannels channels = new LinkChannels(
            new LinkSettings(1, FreePorts.HOST, two.port(), 0, two.sizes()), 0);
        final String channel = channels.publication(StreamKind.CONTROL, FreePorts.HOST, two.port());
        final List<ExclusivePublication> publications = new ArrayList<>();
        network.expect(Refusal.TOO_MANY.text());
        for (int i = 0; i < InboundStream.MAX_IMAGES + 2; i++)
        {
            publications.add(one.aeron().addExclusivePublication(channel, channels.stream(StreamKind.CONTROL)));
        }
        network.await("refused", () -> 3 == two.counters().imagesRefused.get());
        assertTrue(one.links().isConnected(2));
        assertTrue(one.control(2, 1, LENGTH) > 0);
        network.await("heard", () -> two.received().contains("1 1"));
        publications.forEach(ExclusivePublication::close);
        network.run(10_000);
        assertFalse(two.received().contains("gone 1"));
    }
}
