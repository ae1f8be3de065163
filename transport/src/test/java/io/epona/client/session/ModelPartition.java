package io.epona.client.session;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A replicated partition as a model: three replicas, one leader, a high watermark over all of them, producers checked
 * by replication's rules. Links to a broker are queues that can be cut. Replication itself is one step: a follower
 * takes over the leader's log.
 */
final class ModelPartition
{
    static final int BROKERS = 3;
    private static final int CACHED = ProducerContext.IN_FLIGHT_MAX;

    /** Records of a batch as a log holds them. */
    static final class Entry
    {
        final long producerId;
        final short epoch;
        final int sequence;
        final long[] numbers;
        final int leaderEpoch;
        final byte[] bytes;

        Entry(final DirectBuffer buffer, final int index, final int length, final int leaderEpoch)
        {
            producerId = RecordBatchDescriptor.producerId(buffer, index);
            epoch = RecordBatchDescriptor.producerEpoch(buffer, index);
            sequence = RecordBatchDescriptor.baseSequence(buffer, index);
            numbers = new long[RecordBatchDescriptor.recordCount(buffer, index)];
            for (int i = 0; i < numbers.length; i++)
            {
                numbers[i] = buffer.getLong(index + RecordBatchDescriptor.HEADER_LENGTH + 24 * i + 16);
            }
            this.leaderEpoch = leaderEpoch;
            bytes = new byte[length];
            buffer.getBytes(index, bytes);
        }
    }

    private static final class Request
    {
        private int requestId;
        private UnsafeBuffer batch;
    }

    static final class Ack
    {
        int requestId;
        int code;
        int leaderEpoch;
        long baseOffset;
    }

    private static final class Parked
    {
        private int requestId;
        private int endOffset;
        private long baseOffset;
    }

    /** One broker: its log, and what is on its way to and from it. */
    static final class Broker
    {
        final Deque<Request> requests = new ArrayDeque<>();
        final Deque<Ack> acks = new ArrayDeque<>();
        boolean isConnected = true;
        private final List<Parked> parked = new ArrayList<>();
        List<Entry> log = new ArrayList<>();
        /** Epoch in which it believes to lead, -1 none. */
        int leadsEpoch = -1;
    }

    final Broker[] brokers = new Broker[BROKERS];
    int leader;
    int leaderEpoch;
    boolean isShortOfReplicas;

    ModelPartition()
    {
        for (int i = 0; i < BROKERS; i++)
        {
            brokers[i] = new Broker();
        }
        brokers[0].leadsEpoch = 0;
    }

    List<Entry> committed()
    {
        return brokers[leader].log.subList(0, committedCount());
    }

    int committedCount()
    {
        int min = Integer.MAX_VALUE;
        for (final Broker broker : brokers)
        {
            min = Math.min(min, commonPrefix(broker.log, brokers[leader].log));
        }
        return min;
    }

    void onRequest(
        final int brokerId, final int requestId, final DirectBuffer buffer, final int index, final int length)
    {
        final Request request = new Request();
        request.requestId = requestId;
        request.batch = new UnsafeBuffer(new byte[length]);
        request.batch.putBytes(0, buffer, index, length);
        brokers[brokerId].requests.add(request);
    }

    /** The next request arrives. */
    void deliver(final int brokerId)
    {
        final Broker broker = brokers[brokerId];
        final Request request = broker.requests.poll();
        if (null == request)
        {
            return;
        }
        if (broker.leadsEpoch < 0)
        {
            answer(broker, request.requestId, ResultCode.NOT_LEADER.code(), -1, leaderEpoch);
            return;
        }
        if (isShortOfReplicas)
        {
            answer(broker, request.requestId, ResultCode.NOT_ENOUGH_REPLICAS.code(), -1, broker.leadsEpoch);
            return;
        }
        final Entry entry = new Entry(request.batch, 0, request.batch.capacity(), broker.leadsEpoch);
        final int place = entry.producerId < 0 ? broker.log.size() : check(broker, entry, request.requestId);
        if (place < 0)
        {
            return;
        }
        if (place == broker.log.size())
        {
            broker.log.add(entry);
        }
        final Parked parked = new Parked();
        parked.requestId = request.requestId;
        parked.endOffset = place + 1;
        parked.baseOffset = offsetOf(broker.log, place);
        broker.parked.add(parked);
        complete();
    }

    /** @return place of the batch in the log, or -1 where it was refused. */
    private int check(final Broker broker, final Entry entry, final int requestId)
    {
        int lastEpoch = -1;
        int next = 0;
        int remembered = 0;
        int duplicate = -1;
        for (int i = broker.log.size() - 1; i >= 0 && remembered < CACHED; i--)
        {
            final Entry known = broker.log.get(i);
            if (known.producerId != entry.producerId || lastEpoch >= 0 && known.epoch != lastEpoch)
            {
                continue;
            }
            if (lastEpoch < 0)
            {
                lastEpoch = known.epoch;
                next = known.sequence + known.numbers.length;
            }
            remembered++;
            if (known.epoch == entry.epoch && known.sequence == entry.sequence &&
                known.numbers.length == entry.numbers.length)
            {
                duplicate = i;
            }
        }
        if (lastEpoch < 0 && 0 != entry.sequence || lastEpoch > entry.epoch)
        {
            answer(broker, requestId, ResultCode.UNKNOWN_PRODUCER.code(), -1, broker.leadsEpoch);
            return -1;
        }
        if (duplicate >= 0)
        {
            return duplicate;
        }
        if (entry.sequence != (lastEpoch == entry.epoch ? next : 0))
        {
            final int last = lastEpoch == entry.epoch ? next - 1 : -1;
            answer(broker, requestId, ResultCode.OUT_OF_ORDER_SEQUENCE.code(), last, broker.leadsEpoch);
            return -1;
        }
        return broker.log.size();
    }

    /** A follower becomes as the leader is. */
    void replicate(final int brokerId)
    {
        if (brokerId != leader)
        {
            final Broker broker = brokers[brokerId];
            stepDown(broker);
            broker.log = new ArrayList<>(brokers[leader].log);
            complete();
        }
    }

    /** Another replica leads, with all that is committed; what others have beyond it goes when they replicate. */
    void failOver(final int newLeader, final boolean isOldLeaderTold)
    {
        final Broker old = brokers[leader];
        leader = newLeader;
        leaderEpoch++;
        if (isOldLeaderTold)
        {
            stepDown(old);
        }
        final Broker broker = brokers[newLeader];
        stepDown(broker);
        broker.leadsEpoch = leaderEpoch;
    }

    /** All replicas lose what they have from an entry on. */
    void loseFrom(final int count)
    {
        final List<Entry> kept = new ArrayList<>(brokers[leader].log.subList(0, count));
        failOver((leader + 1) % BROKERS, true);
        for (final Broker broker : brokers)
        {
            broker.log = new ArrayList<>(kept);
        }
    }

    void cut(final int brokerId, final int kept)
    {
        final Broker broker = brokers[brokerId];
        while (broker.requests.size() > kept)
        {
            broker.requests.removeLast();
        }
        // some requests arrive, and nobody hears what became of them
        while (!broker.requests.isEmpty())
        {
            deliver(brokerId);
        }
        broker.parked.clear();
        broker.acks.clear();
        broker.isConnected = false;
    }

    private void stepDown(final Broker broker)
    {
        if (broker.leadsEpoch >= 0)
        {
            for (final Parked parked : broker.parked)
            {
                answer(
                    broker, parked.requestId, ResultCode.NOT_LEADER.code(), parked.baseOffset, broker.leadsEpoch);
            }
            broker.parked.clear();
            broker.leadsEpoch = -1;
        }
    }

    private void complete()
    {
        final Broker broker = brokers[leader];
        final int committed = committedCount();
        while (!broker.parked.isEmpty() && broker.parked.get(0).endOffset <= committed)
        {
            final Parked parked = broker.parked.remove(0);
            answer(broker, parked.requestId, 0, parked.baseOffset, leaderEpoch);
        }
    }

    private static void answer(
        final Broker broker, final int requestId, final int code, final long baseOffset, final int leaderEpoch)
    {
        final Ack ack = new Ack();
        ack.requestId = requestId;
        ack.code = code;
        ack.baseOffset = baseOffset;
        ack.leaderEpoch = leaderEpoch;
        broker.acks.add(ack);
    }

    static long offsetOf(final List<Entry> log, final int place)
    {
        long offset = 0;
        for (int i = 0; i < place; i++)
        {
            offset += log.get(i).numbers.length;
        }
        return offset;
    }

    static int commonPrefix(final List<Entry> a, final List<Entry> b)
    {
        int count = 0;
        while (count < a.size() && count < b.size() && a.get(count) == b.get(count))
        {
            count++;
        }
        return count;
    }
}
