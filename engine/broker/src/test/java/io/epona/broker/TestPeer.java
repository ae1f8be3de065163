package io.epona.broker;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.client.AttachEncoder;
import io.epona.codecs.client.ConnectEncoder;
import io.epona.codecs.client.ConnectOkDecoder;
import io.epona.codecs.client.KeepAliveEncoder;
import io.epona.codecs.client.LaneType;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceEncoder;
import io.epona.codecs.client.SubscribeEncoder;
import io.epona.transport.AeronLane;
import io.epona.transport.EponaUri;
import io.epona.transport.InprocConnection;
import io.epona.transport.Lane;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneKind;
import io.epona.transport.LaneSizes;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A client that says exactly what a test wants, over any transport, and drives an invoked broker while it waits.
 */
final class TestPeer implements AutoCloseable
{
    static final int MAX_MESSAGE_LENGTH = LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH;

    private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
    private final UnsafeBuffer out = new UnsafeBuffer(java.nio.ByteBuffer.allocateDirect(256 * 1024));
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final Broker broker;
    private final boolean isInvoked;
    private final InprocConnection inproc;
    private final Aeron aeron;
    private final LaneChannels channels;
    private long token;

    TestPeer(final Broker broker, final String uri)
    {
        this(broker, uri, true);
    }

    TestPeer(final Broker broker, final String uri, final boolean isInvoked)
    {
        this.broker = broker;
        this.isInvoked = isInvoked;
        final EponaUri parsed = EponaUri.parse(uri);
        if (EponaUri.Media.INPROC == parsed.media())
        {
            inproc = new InprocBrokers().connect(parsed.name());
            aeron = null;
            channels = null;
            resources.add(inproc);
            return;
        }

        inproc = null;
        aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(broker.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .driverAgentInvoker(broker.mediaDriverInvoker())
            .errorHandler(errors::add)
            .subscriberErrorHandler(errors::add));
        channels = EponaUri.Media.IPC == parsed.media() ?
            LaneChannels.ipc(LaneSizes.ipc(MAX_MESSAGE_LENGTH)) :
            LaneChannels.udp(
                LaneSizes.udp(MAX_MESSAGE_LENGTH, LaneSizes.LOOPBACK_MTU, LaneSizes.systemSocketBufferLength()),
                parsed.endpoints().get(0).host(),
                parsed.endpoints().get(0).port());
    }

    Broker broker()
    {
        return broker;
    }

    Aeron aeron()
    {
        return aeron;
    }

    LaneChannels channels()
    {
        return channels;
    }

    long token()
    {
        return token;
    }

    void drive()
    {
        if (isInvoked)
        {
            broker.invoke();
        }
        if (null != aeron)
        {
            aeron.conductorAgentInvoker().invoke();
        }
    }

    Lane open(final LaneKind kind)
    {
        final Lane lane;
        if (null != inproc)
        {
            lane = LaneKind.CONTROL == kind ? inproc.controlLane() : inproc.produceLane(0);
        }
        else
        {
            final Subscription subscription =
                aeron.addSubscription(channels.responseSubscription(kind), kind.responseStream(0));
            final ExclusivePublication publication = aeron.addExclusivePublication(
                channels.requestPublication(kind, subscription.registrationId()), kind.requestStream(0));
            lane = new AeronLane(publication, subscription, MAX_MESSAGE_LENGTH);
            Await.until("request publication", this::drive, publication::isConnected);
        }
        resources.add(lane);
        return lane;
    }

    Lane connect()
    {
        final Lane control = open(LaneKind.CONTROL);
        final ConnectEncoder connect = new ConnectEncoder();
        connect.wrapAndApplyHeader(out, 0, header)
            .correlationId(42)
            .schemaVersion(ConnectEncoder.SCHEMA_VERSION)
            .reserved(0)
            .clientId("test")
            .putCredentials(new byte[0], 0, 0);
        send(control, MessageHeaderEncoder.ENCODED_LENGTH + connect.encodedLength());
        final UnsafeBuffer reply = receive(control);
        assertEquals(ConnectOkDecoder.TEMPLATE_ID, templateId(reply));
        final ConnectOkDecoder ok = new ConnectOkDecoder();
        ok.wrapAndApplyHeader(reply, 0, new MessageHeaderDecoder());
        assertEquals(42, ok.correlationId());
        token = ok.token();
        return control;
    }

    Lane attach(final LaneKind kind)
    {
        final Lane lane = open(kind);
        sendAttach(lane, token, LaneKind.PRODUCE == kind ? LaneType.PRODUCE : LaneType.CONSUME);
        final UnsafeBuffer reply = receive(lane);
        assertEquals(io.epona.codecs.client.AttachOkDecoder.TEMPLATE_ID, templateId(reply));
        return lane;
    }

    void sendAttach(final Lane lane, final long attachToken, final LaneType type)
    {
        new AttachEncoder().wrapAndApplyHeader(out, 0, header).token(attachToken).laneType(type);
        send(lane, MessageHeaderEncoder.ENCODED_LENGTH + AttachEncoder.BLOCK_LENGTH);
    }

    void sendKeepAlive(final Lane control)
    {
        new KeepAliveEncoder().wrapAndApplyHeader(out, 0, header).token(token);
        send(control, MessageHeaderEncoder.ENCODED_LENGTH + KeepAliveEncoder.BLOCK_LENGTH);
    }

    UnsafeBuffer out()
    {
        return out;
    }

    void send(final Lane lane, final int length)
    {
        Await.until("lane takes " + length + " bytes", this::drive, () -> lane.offer(out, 0, length) > 0);
    }

    /** Encode a Produce with one record and return its length. */
    int produceMessage(
        final long topicId, final int partition, final int requestId, final int acks, final byte[] value)
    {
        new ProduceEncoder().wrapAndApplyHeader(out, 0, header)
            .token(token)
            .topicId(topicId)
            .partition(partition)
            .requestId(requestId)
            .acks((byte)acks);
        final int index = MessageHeaderEncoder.ENCODED_LENGTH + ProduceEncoder.BLOCK_LENGTH;
        builder.begin(out, index, out.capacity() - index, 1_000_000L);
        builder.append(1_000_000L, null, 0, -1, new UnsafeBuffer(value), 0, value.length);
        return index + builder.finish();
    }

    void subscribe(
        final Lane lane, final long topicId, final int partition, final long startOffset, final int subscriptionId)
    {
        subscribe(lane, topicId, partition, startOffset, -1, subscriptionId);
    }

    void subscribe(
        final Lane lane,
        final long topicId,
        final int partition,
        final long startOffset,
        final int lastEpoch,
        final int subscriptionId)
    {
        new SubscribeEncoder().wrapAndApplyHeader(out, 0, header)
            .token(token)
            .topicId(topicId)
            .startOffset(startOffset)
            .partition(partition)
            .lastEpoch(lastEpoch)
            .subscriptionId(subscriptionId)
            .byteCredit(0);
        send(lane, MessageHeaderEncoder.ENCODED_LENGTH + SubscribeEncoder.BLOCK_LENGTH);
    }

    UnsafeBuffer receive(final Lane lane)
    {
        final Deque<UnsafeBuffer> received = new ArrayDeque<>();
        Await.until("a message", this::drive, () ->
        {
            if (received.isEmpty())
            {
                lane.poll(
                    (buffer, index, length) -> received.isEmpty() && received.add(copy(buffer, index, length)), 8);
            }
            return !received.isEmpty();
        });
        return received.poll();
    }

    static UnsafeBuffer copy(final DirectBuffer buffer, final int index, final int length)
    {
        final byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        return new UnsafeBuffer(bytes);
    }

    static int templateId(final DirectBuffer message)
    {
        final MessageHeaderDecoder decoder = new MessageHeaderDecoder();
        return decoder.wrap(message, 0).templateId();
    }

    @Override
    public void close()
    {
        CloseHelper.closeAll(resources);
        CloseHelper.close(aeron);
        assertEquals(List.of(), errors);
    }
}
