package io.epona.transport;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.client.AttachDecoder;
import io.epona.codecs.client.AttachOkEncoder;
import io.epona.codecs.client.ConnectDecoder;
import io.epona.codecs.client.ConnectOkEncoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.OffsetsEncoder;
import io.epona.codecs.client.ProduceAcksEncoder;
import io.epona.codecs.client.PushEncoder;
import io.epona.codecs.client.RejectEncoder;
import io.epona.codecs.client.SubscriptionEndEncoder;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A broker that does what the test tells it to, over ring-buffer lanes, on the test's thread. */
final class ScriptedBroker implements LaneConnector
{
    static final long TOKEN = 0x1234_5678_9ABCL;
    static final int HEADER = MessageHeaderEncoder.ENCODED_LENGTH;

    /** A request as the broker saw it. */
    record Request(int templateId, UnsafeBuffer bytes)
    {
        long longAt(final int blockOffset)
        {
            return bytes.getLong(HEADER + blockOffset, LITTLE_ENDIAN);
        }

        int intAt(final int blockOffset)
        {
            return bytes.getInt(HEADER + blockOffset, LITTLE_ENDIAN);
        }
    }

    /** The broker's end of one lane. */
    final class End
    {
        final LaneKind kind;
        final int shard;
        final RingLane lane;
        final List<Request> requests = new ArrayList<>();

        private End(final LaneKind kind, final int shard, final RingLane lane)
        {
            this.kind = kind;
            this.shard = shard;
            this.lane = lane;
        }

        void poll()
        {
            lane.poll(this::onMessage, 1000);
        }

        private boolean onMessage(final DirectBuffer buffer, final int index, final int length)
        {
            final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
            copy.putBytes(0, buffer, index, length);
            final int templateId = copy.getShort(2, LITTLE_ENDIAN);
            if (isAttaching && AttachDecoder.TEMPLATE_ID == templateId)
            {
                attachOk();
            }
            else if (isConnecting && ConnectDecoder.TEMPLATE_ID == templateId)
            {
                connectOk(copy.getLong(HEADER, LITTLE_ENDIAN));
            }
            else
            {
                requests.add(new Request(templateId, copy));
            }
            return true;
        }

        void send(final DirectBuffer message, final int length)
        {
            assertTrue(lane.offer(message, 0, length) > 0);
        }

        void attachOk()
        {
            final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
            new AttachOkEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder()).token(TOKEN);
            send(out, HEADER + AttachOkEncoder.BLOCK_LENGTH);
        }

        void connectOk(final long correlationId)
        {
            final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
            new ConnectOkEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                .correlationId(correlationId).token(TOKEN).brokerId(brokerId).shards(shards).maxMessageBytes(maxBatch)
                .maxRequestsInFlight(maxRequests).keepAliveIntervalMs(100).sessionTimeoutMs(1000);
            send(out, HEADER + ConnectOkEncoder.BLOCK_LENGTH);
        }

        void reject(final long correlationId, final int code, final String text)
        {
            final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
            final RejectEncoder encoder = new RejectEncoder();
            encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                .correlationId(correlationId).code((short)code).text(text);
            send(out, HEADER + encoder.encodedLength());
        }

        void ack(final int code, final long baseOffset, final int... requestIds)
        {
            ackOf(3, code, baseOffset, requestIds);
        }

        void ackOf(final int leaderEpoch, final int code, final long baseOffset, final int... requestIds)
        {
            final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
            final ProduceAcksEncoder encoder = new ProduceAcksEncoder();
            final ProduceAcksEncoder.AcksEncoder acks =
                encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder()).acksCount(requestIds.length);
            for (final int requestId : requestIds)
            {
                acks.next().requestId(requestId).code((short)code).inMemory((short)1).onDisk((short)0)
                    .leaderEpoch(leaderEpoch).baseOffset(baseOffset);
            }
            send(out, HEADER + encoder.encodedLength());
        }

        void end(final int subscriptionId, final int code)
        {
            end(subscriptionId, code, 3, -1, -1);
        }

        void end(
            final int subscriptionId,
            final int code,
            final int leaderEpoch,
            final int divergedEpoch,
            final long divergedEnd)
        {
            final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
            new SubscriptionEndEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                .topicId(7).logStart(0).hw(0).divergedEnd(divergedEnd).partition(0).subscriptionId(subscriptionId)
                .leaderEpoch(leaderEpoch).divergedEpoch(divergedEpoch).code((short)code);
            send(out, HEADER + SubscriptionEndEncoder.BLOCK_LENGTH);
        }

        void offsets(final long correlationId, final int code, final long offset)
        {
            offsets(correlationId, code, 3, offset);
        }

        void offsets(final long correlationId, final int code, final int leaderEpoch, final long offset)
        {
            final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
            new OffsetsEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                .correlationId(correlationId).recordOffset(offset).timestamp(0).leaderEpoch(leaderEpoch)
                .code((short)code);
            send(out, HEADER + OffsetsEncoder.BLOCK_LENGTH);
        }

        void push(final int subscriptionId, final UnsafeBuffer batches, final int length)
        {
            send(pushMessage(subscriptionId, batches, length), HEADER + PushEncoder.BLOCK_LENGTH + length);
        }
    }

    static UnsafeBuffer pushMessage(final int subscriptionId, final UnsafeBuffer batches, final int length)
    {
        return pushMessage(subscriptionId, 3, batches, length);
    }

    static UnsafeBuffer pushMessage(
        final int subscriptionId, final int leaderEpoch, final UnsafeBuffer batches, final int length)
    {
        final UnsafeBuffer out = new UnsafeBuffer(new byte[HEADER + PushEncoder.BLOCK_LENGTH + length]);
        new PushEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
            .topicId(7).hw(1_000_000).logStart(0).partition(0).leaderEpoch(leaderEpoch).subscriptionId(subscriptionId)
            .flags(0);
        out.putBytes(HEADER + PushEncoder.BLOCK_LENGTH, batches, 0, length);
        return out;
    }

    /**
     * Write stamped batches whose values are their offsets.
     *
     * @return length of all.
     */
    static int batches(final UnsafeBuffer buffer, final long baseOffset, final int batchCount, final int recordCount)
    {
        final Crc32c crc = new Crc32c();
        final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
        final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
        int index = 0;
        long offset = baseOffset;
        for (int b = 0; b < batchCount; b++)
        {
            builder.begin(buffer, index, buffer.capacity() - index, 1000);
            final long first = offset;
            for (int i = 0; i < recordCount; i++)
            {
                value.putLong(0, offset++, LITTLE_ENDIAN);
                assertTrue(builder.append(1000 + i, value, 0, -1, value, 0, 8));
            }
            final int length = builder.finish();
            RecordBatchDescriptor.stamp(buffer, index, first, 3, 5000, crc);
            index += length;
        }
        return index;
    }

    final List<End> ends = new ArrayList<>();
    int brokerId = 1;
    int shards = 1;
    int maxBatch = 16 * 1024;
    int maxRequests = 64;
    int opened;
    boolean isAttaching = true;
    boolean isConnecting = true;
    boolean isThere = true;
    String problem;

    SessionInfo session()
    {
        return new SessionInfo(this, TOKEN, brokerId, shards, maxBatch, maxRequests, 100_000_000L, 1_000_000_000L);
    }

    void poll()
    {
        for (int i = 0; i < ends.size(); i++)
        {
            ends.get(i).poll();
        }
    }

    End last(final LaneKind kind)
    {
        for (int i = ends.size() - 1; i >= 0; i--)
        {
            if (kind == ends.get(i).kind)
            {
                return ends.get(i);
            }
        }
        throw new AssertionError("no lane " + kind);
    }

    @Override
    public Opening open(final LaneKind kind, final LaneSizes sizes, final int shard)
    {
        opened++;
        return new Opening()
        {
            @Override
            public Lane poll()
            {
                if (!isThere || null != problem)
                {
                    return null;
                }
                final RingLane.Pair pair = RingLane.create(32 * 1024, 32 * 1024);
                ends.add(new End(kind, shard, pair.broker()));
                return pair.client();
            }

            @Override
            public String problem()
            {
                return problem;
            }

            @Override
            public void close()
            {
                problem = null;
            }
        };
    }

    @Override
    public LaneSizes sizes(final int maxBatchLength)
    {
        return LaneSizes.ipc(maxBatchLength + LaneSizes.MESSAGE_HEADERS_LENGTH);
    }

    @Override
    public PushSource pushSource(final SessionInfo session, final int shard)
    {
        return new LanePushSource(session, shard, 1_000_000_000L);
    }

    @Override
    public String description()
    {
        return "scripted";
    }

    @Override
    public void close()
    {
        isThere = false;
    }
}
