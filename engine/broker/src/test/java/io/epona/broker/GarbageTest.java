package io.epona.broker;

import io.aeron.ExclusivePublication;
import io.epona.codecs.client.LaneType;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceEncoder;
import io.epona.transport.Lane;
import io.epona.transport.LaneKind;
import io.epona.transport.LaneSizes;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whatever arrives, healthy sessions go on, and counters and error log say what came.
 */
class GarbageTest
{
    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();
    @TempDir
    private Path dir;
    private Broker broker;
    private TestPeer healthy;
    private Lane healthyLane;
    private long topicId;
    private int requestId;

    @BeforeEach
    void launch()
    {
        broker = reports.launch(new Broker.Context()
            .dataDir(dir.resolve("data"))
            .listen("127.0.0.1", 0)
            .invoked(true));
        final io.epona.engine.TopicRequest request = broker.engine().createTopicAsync("orders", 1, Map.of());
        Await.until("topic", broker::invoke, request::poll);
        topicId = request.topic().topicId();
        healthy = new TestPeer(broker, broker.udpUri());
        healthy.connect();
        healthyLane = healthy.attach(LaneKind.PRODUCE);
    }

    @AfterEach
    void close()
    {
        healthy.close();
        reports.close(broker);
    }

    private void assertHealthyGoesOn()
    {
        for (int i = 0; i < 10; i++)
        {
            final int id = requestId++;
            healthy.send(healthyLane, healthy.produceMessage(topicId, 0, id, 1, BrokerProtocolTest.bytes("fine")));
            assertEquals(0, BrokerProtocolTest.ack(healthy.receive(healthyLane)).code());
        }
        assertTrue(broker.isRunning());
    }

    private void awaitViolation(final TestPeer peer, final Violation violation)
    {
        reports.expect(violation.text());
        final String counter = "violations: " + violation.text();
        Await.until(violation.text(), peer::drive, () -> broker.counters().get(counter) > 0);
        assertTrue(
            broker.errors().stream().anyMatch((line) -> line.contains(violation.text())),
            () -> broker.errors().toString());
    }

    /** What is sent in place of a Produce, and what the broker says to it. */
    enum Bad
    {
        SCHEMA(Violation.SCHEMA, 4, 999),
        VERSION(Violation.VERSION, 6, 9),
        TEMPLATE(Violation.TEMPLATE, 2, 77),
        BLOCK(Violation.BLOCK, 0, 8),
        TOKEN(Violation.TOKEN, MessageHeaderEncoder.ENCODED_LENGTH, 0x7777),
        VALUE(Violation.VALUE, MessageHeaderEncoder.ENCODED_LENGTH + ProduceEncoder.acksEncodingOffset(), 99);

        private final Violation violation;
        private final int index;
        private final int value;

        Bad(final Violation violation, final int index, final int value)
        {
            this.violation = violation;
            this.index = index;
            this.value = value;
        }
    }

    @ParameterizedTest
    @EnumSource(Bad.class)
    void closesALaneThatBreaksTheRules(final Bad bad)
    {
        try (TestPeer peer = new TestPeer(broker, broker.udpUri()))
        {
            peer.connect();
            final Lane lane = peer.attach(LaneKind.PRODUCE);
            final int length = peer.produceMessage(topicId, 0, 1, 1, new byte[10]);
            if (Bad.VALUE == bad)
            {
                peer.out().putByte(bad.index, (byte)bad.value);
            }
            else
            {
                peer.out().putShort(bad.index, (short)bad.value, ByteOrder.LITTLE_ENDIAN);
            }
            peer.send(lane, length);
            awaitViolation(peer, bad.violation);
            Await.until("lane closed", peer::drive, () -> 1 == broker.counters().get("shard 0: lanes open"));
            assertHealthyGoesOn();
        }
    }

    @Test
    void closesALaneOnATruncatedMessage()
    {
        try (TestPeer peer = new TestPeer(broker, broker.udpUri()))
        {
            peer.connect();
            final Lane lane = peer.attach(LaneKind.PRODUCE);
            peer.produceMessage(topicId, 0, 1, 1, new byte[10]);
            peer.send(lane, 5);
            awaitViolation(peer, Violation.LENGTH);
            assertHealthyGoesOn();
        }
    }

    @Test
    void closesALaneOnAnOversizedMessage()
    {
        try (TestPeer peer = new TestPeer(broker, broker.udpUri()))
        {
            peer.connect();
            // a publication with larger terms than the protocol asks for can send longer messages
            final io.aeron.Subscription responses = peer.aeron().addSubscription(
                peer.channels().responseSubscription(LaneKind.PRODUCE), LaneKind.PRODUCE.responseStream(0));
            final ExclusivePublication publication = peer.aeron().addExclusivePublication(
                peer.channels().requestPublication(LaneKind.PRODUCE, responses.registrationId())
                    .replaceAll("term-length=[0-9]+[a-z]*", "term-length=4194304"),
                LaneKind.PRODUCE.requestStream(0));
            Await.until("publication", peer::drive, publication::isConnected);
            final Lane lane = new io.epona.transport.AeronLane(publication, responses, 1 << 20);
            peer.sendAttach(lane, peer.token(), LaneType.PRODUCE);
            peer.receive(lane);

            final int length = LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH + 4096;
            Await.until(
                "oversized message sent",
                peer::drive,
                () -> publication.offer(peer.out(), 0, length) > 0);
            awaitViolation(peer, Violation.OVERSIZED);
            assertHealthyGoesOn();
            lane.close();
        }
    }

    @ParameterizedTest
    @EnumSource(LaneKind.class)
    void closesALaneThatBeginsWithGarbage(final LaneKind kind)
    {
        try (TestPeer peer = new TestPeer(broker, broker.udpUri()))
        {
            reports.expect(Violation.SCHEMA.text());
            final Lane lane = peer.open(kind);
            final Random random = new Random(kind.ordinal());
            final byte[] bytes = new byte[200];
            random.nextBytes(bytes);
            peer.out().putBytes(0, bytes);
            peer.send(lane, bytes.length);
            Await.until("violation", peer::drive, () -> broker.counters().get("violations") > 0);
            assertHealthyGoesOn();
        }
    }

    @Test
    void survivesRandomBytesAndForgedFramesOnEveryPort() throws IOException
    {
        final int port = Integer.parseInt(broker.udpUri().substring(broker.udpUri().lastIndexOf(':') + 1));
        reports.expect("no frames of Aeron's");
        reports.expect("ERROR - mtuLength=65536 > MAX_UDP_PAYLOAD_LENGTH");
        final Random random = new Random(702);
        try (DatagramChannel channel = DatagramChannel.open())
        {
            final ByteBuffer datagram = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
            final byte[] bytes = new byte[1024];
            for (int i = 0; i < 600; i++)
            {
                random.nextBytes(bytes);
                datagram.clear().put(bytes).flip().limit(1 + random.nextInt(bytes.length));
                if (0 != (i & 1))
                {
                    // a frame header that is almost right: version 0, known types, our streams
                    forge(datagram, random);
                }
                channel.send(datagram, new InetSocketAddress("127.0.0.1", port + i % 3));
                healthy.drive();
            }
        }
        Await.until("counter", healthy::drive, () -> broker.counters().get("aeron: Invalid packets") > 0);
        Await.until(
            "error log",
            healthy::drive,
            () -> broker.errors().stream().anyMatch((line) -> line.contains("no frames of Aeron's")));
        assertHealthyGoesOn();
    }

    private static void forge(final ByteBuffer datagram, final Random random)
    {
        if (datagram.limit() < 40)
        {
            datagram.limit(40);
        }
        datagram.put(4, (byte)0).put(5, (byte)random.nextInt(256)).putShort(6, (short)random.nextInt(8));
        datagram.putInt(0, random.nextInt(4) == 0 ? random.nextInt() : datagram.limit());
        datagram.putInt(12, random.nextInt()).putInt(16, LaneKind.PRODUCE.requestStream(0));
        // terms of forged set-ups stay small: their memory is Aeron's to bound
        datagram.putInt(32, 65536).putInt(36, 1408);
    }

    @Test
    void refusesBatchesThatAreGarbageWithoutClosingTheLane()
    {
        final int length = healthy.produceMessage(topicId, 0, 5, 1, new byte[64]);
        final int index = MessageHeaderEncoder.ENCODED_LENGTH + ProduceEncoder.BLOCK_LENGTH;
        final Random random = new Random(5);
        final byte[] bytes = new byte[length - index];
        random.nextBytes(bytes);
        final UnsafeBuffer out = healthy.out();
        out.putBytes(index, bytes);
        healthy.send(healthyLane, length);
        assertTrue(BrokerProtocolTest.ack(healthy.receive(healthyLane)).code() < 0);
        assertHealthyGoesOn();
    }
}
