package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.client.LaneType;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.OffsetsDecoder;
import io.epona.codecs.client.ProduceAcksDecoder;
import io.epona.codecs.client.PushDecoder;
import io.epona.codecs.client.RejectDecoder;
import io.epona.codecs.client.SubscriptionEndDecoder;
import io.epona.engine.TopicInfo;
import io.epona.engine.TopicRequest;
import io.epona.transport.Lane;
import io.epona.transport.LaneKind;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The broker's side of the protocol, message by message, over each transport.
 */
class BrokerProtocolTest
{
    enum Transport
    {
        INPROC, IPC, UDP;

        String uri(final Broker broker)
        {
            return switch (this)
            {
                case INPROC -> broker.inprocUri();
                case IPC -> broker.ipcUri();
                case UDP -> broker.udpUri();
            };
        }
    }

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();
    @TempDir
    private Path dir;
    private Broker broker;

    @BeforeEach
    void launch()
    {
        broker = reports.launch(new Broker.Context()
            .dataDir(dir.resolve("data"))
            .listen("127.0.0.1", 0)
            .invoked(true));
    }

    @AfterEach
    void close()
    {
        reports.close(broker);
        assertFalse(Files.exists(dir.resolve("aeron")));
        assertTrue(Files.exists(dir.resolve("data").resolve("clean")));
    }

    private long createTopic(final String name)
    {
        final TopicRequest request = broker.engine().createTopicAsync(name, 1, Map.of());
        Await.until("topic", broker::invoke, request::poll);
        assertEquals(0, request.code(), request.message());
        final TopicInfo topic = request.topic();
        return topic.topicId();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void acknowledgesABatchOnceItIsInTheLog(final Transport transport)
    {
        final long topicId = createTopic("orders");
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            peer.connect();
            final Lane lane = peer.attach(LaneKind.PRODUCE);
            peer.send(lane, peer.produceMessage(topicId, 0, 7, -1, bytes("hello")));
            final ProduceAcksDecoder.AcksDecoder ack = ack(peer.receive(lane));
            assertEquals(7, ack.requestId());
            assertEquals(0, ack.code());
            assertEquals(0, ack.baseOffset());
            assertEquals(1, ack.inMemory());
            assertEquals(1, broker.engine().partition(topicId, 0).highWatermark());
            assertEquals(1L, broker.counters().get("shard 0: batches appended"));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusesWithTheCodeInTheAck(final Transport transport)
    {
        final long topicId = createTopic("orders");
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            peer.connect();
            final Lane lane = peer.attach(LaneKind.PRODUCE);
            peer.send(lane, peer.produceMessage(topicId + 1, 0, 1, 1, bytes("lost")));
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), ack(peer.receive(lane)).code());
            peer.send(lane, peer.produceMessage(topicId, -5, 2, 1, bytes("lost")));
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), ack(peer.receive(lane)).code());

            final int length = peer.produceMessage(topicId, 0, 3, 1, bytes("damaged"));
            final int last = length - 8;
            peer.out().putByte(last, (byte)(peer.out().getByte(last) + 1));
            peer.send(lane, length);
            assertEquals(ResultCode.CORRUPT_BATCH.code(), ack(peer.receive(lane)).code());

            peer.send(lane, peer.produceMessage(topicId, 0, 4, 1, bytes("good")));
            assertEquals(0, ack(peer.receive(lane)).code());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Transport.class, names = {"IPC", "UDP"})
    void pushesWholeBatchesFromWhereItWasAsked(final Transport transport)
    {
        final long topicId = createTopic("orders");
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            peer.connect();
            final Lane produce = peer.attach(LaneKind.PRODUCE);
            for (int i = 0; i < 3; i++)
            {
                peer.send(produce, peer.produceMessage(topicId, 0, i, 1, bytes("record " + i)));
                assertEquals(i, ack(peer.receive(produce)).baseOffset());
            }
            final Lane consume = peer.attach(LaneKind.CONSUME);
            peer.subscribe(consume, topicId, 0, 1, 11);
            final UnsafeBuffer message = peer.receive(consume);
            assertEquals(PushDecoder.TEMPLATE_ID, TestPeer.templateId(message));
            final PushDecoder push = new PushDecoder();
            push.wrapAndApplyHeader(message, 0, new MessageHeaderDecoder());
            assertEquals(11, push.subscriptionId());
            assertEquals(3, push.hw());
            assertEquals(0, push.logStart());
            final int first = MessageHeaderDecoder.ENCODED_LENGTH + PushDecoder.BLOCK_LENGTH;
            assertEquals(1, RecordBatchDescriptor.baseOffset(message, first));
            final int second = first + RecordBatchDescriptor.length(message, first);
            assertEquals(2, RecordBatchDescriptor.baseOffset(message, second));
            assertEquals(message.capacity(), second + RecordBatchDescriptor.length(message, second));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Transport.class, names = {"IPC", "UDP"})
    void carriesTheLargestBatchBothWays(final Transport transport)
    {
        final long topicId = createTopic("large");
        final byte[] value = new byte[TestPeer.MAX_MESSAGE_LENGTH - 64 - 80 - 16];
        value[0] = 1;
        value[value.length - 1] = 2;
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            peer.connect();
            final Lane produce = peer.attach(LaneKind.PRODUCE);
            peer.send(produce, peer.produceMessage(topicId, 0, 1, 1, value));
            assertEquals(0, ack(peer.receive(produce)).code());
            final Lane consume = peer.attach(LaneKind.CONSUME);
            peer.subscribe(consume, topicId, 0, HostedPartition.START_EARLIEST, 1);
            final UnsafeBuffer message = peer.receive(consume);
            assertEquals(PushDecoder.TEMPLATE_ID, TestPeer.templateId(message), () -> "code " + end(message).code());
            final int first = MessageHeaderDecoder.ENCODED_LENGTH + PushDecoder.BLOCK_LENGTH;
            assertEquals(message.capacity() - first, RecordBatchDescriptor.length(message, first));
            assertEquals(2, message.getByte(first + 96 + value.length - 1));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Transport.class, names = {"IPC", "UDP"})
    void endsSubscriptionsThatCannotGoOn(final Transport transport)
    {
        final long topicId = createTopic("orders");
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            peer.connect();
            final Lane consume = peer.attach(LaneKind.CONSUME);
            peer.subscribe(consume, topicId, 0, 100, 1);
            assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), end(peer.receive(consume)).code());
            peer.subscribe(consume, topicId + 1, 0, 0, 2);
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), end(peer.receive(consume)).code());

            peer.subscribe(consume, topicId, 0, HostedPartition.START_LATEST, 3);
            final TopicRequest request = broker.engine().deleteTopicAsync("orders");
            final SubscriptionEndDecoder end = end(peer.receive(consume));
            assertEquals(3, end.subscriptionId());
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), end.code());
            Await.until("deletion", peer::drive, request::poll);
            assertEquals(0, request.code(), request.message());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Transport.class, names = {"IPC", "UDP"})
    void listsOffsets(final Transport transport)
    {
        final long topicId = createTopic("orders");
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            peer.connect();
            final Lane produce = peer.attach(LaneKind.PRODUCE);
            for (int i = 0; i < 5; i++)
            {
                peer.send(produce, peer.produceMessage(topicId, 0, i, 1, bytes("x")));
                ack(peer.receive(produce));
            }
            final Lane consume = peer.attach(LaneKind.CONSUME);
            assertEquals(5, listOffsets(peer, consume, topicId, OffsetLookup.LATEST));
            assertEquals(0, listOffsets(peer, consume, topicId, OffsetLookup.EARLIEST));
            assertEquals(0, listOffsets(peer, consume, topicId, 1));
            assertEquals(OffsetLookup.NONE, listOffsets(peer, consume, topicId, Long.MAX_VALUE));
        }
    }

    private static long listOffsets(
        final TestPeer peer, final Lane lane, final long topicId, final long timestamp)
    {
        new io.epona.codecs.client.ListOffsetsEncoder()
            .wrapAndApplyHeader(peer.out(), 0, new io.epona.codecs.client.MessageHeaderEncoder())
            .token(peer.token())
            .correlationId(99)
            .topicId(topicId)
            .timestamp(timestamp)
            .partition(0)
            .reserved(0);
        peer.send(lane, MessageHeaderDecoder.ENCODED_LENGTH + io.epona.codecs.client.ListOffsetsEncoder.BLOCK_LENGTH);
        final OffsetsDecoder offsets = new OffsetsDecoder();
        offsets.wrapAndApplyHeader(peer.receive(lane), 0, new MessageHeaderDecoder());
        assertEquals(99, offsets.correlationId());
        assertEquals(0, offsets.code());
        return offsets.recordOffset();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void rejectsAnUnknownToken(final Transport transport)
    {
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            peer.connect();
            final Lane lane = peer.open(LaneKind.PRODUCE);
            peer.sendAttach(lane, peer.token() + 1, LaneType.PRODUCE);
            final RejectDecoder reject = new RejectDecoder();
            reject.wrapAndApplyHeader(peer.receive(lane), 0, new MessageHeaderDecoder());
            assertEquals(ResultCode.NOT_AUTHORIZED.code(), reject.code());
            assertNotNull(reject.text());
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesKeepAlivesAndEndsDataLanesWithTheSession(final Transport transport)
    {
        try (TestPeer peer = new TestPeer(broker, transport.uri(broker)))
        {
            final Lane control = peer.connect();
            peer.sendKeepAlive(control);
            assertEquals(
                io.epona.codecs.client.KeepAliveDecoder.TEMPLATE_ID, TestPeer.templateId(peer.receive(control)));
            peer.attach(LaneKind.PRODUCE);
            Await.until("lane", peer::drive, () -> 1 == broker.counters().get("shard 0: lanes open"));
            control.close();
            Await.until("end", peer::drive, () -> 0 == broker.counters().get("shard 0: lanes open"));
            assertEquals(0L, broker.counters().get("sessions open"));
        }
    }

    @Test
    void namesItsUris() throws Exception
    {
        assertEquals(3, broker.uris().size());
        assertEquals(broker.uris(), Files.readAllLines(dir.resolve("data").resolve("uris")));
    }

    static byte[] bytes(final String text)
    {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static ProduceAcksDecoder.AcksDecoder ack(final UnsafeBuffer message)
    {
        assertEquals(ProduceAcksDecoder.TEMPLATE_ID, TestPeer.templateId(message));
        final ProduceAcksDecoder acks = new ProduceAcksDecoder();
        acks.wrapAndApplyHeader(message, 0, new MessageHeaderDecoder());
        final ProduceAcksDecoder.AcksDecoder entries = acks.acks();
        assertEquals(1, entries.count());
        return entries.next();
    }

    private static SubscriptionEndDecoder end(final UnsafeBuffer message)
    {
        assertEquals(SubscriptionEndDecoder.TEMPLATE_ID, TestPeer.templateId(message));
        final SubscriptionEndDecoder end = new SubscriptionEndDecoder();
        end.wrapAndApplyHeader(message, 0, new MessageHeaderDecoder());
        return end;
    }
}
