package io.epona.client.session;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A consumer against a model that loses connections and fails over; of its old leaders some go on to serve what they
 * know to be committed.
 */
class ConsumerMachineModelTest
{
    private static final long MS = 1_000_000L;
    private static final int SEEDS = 400;

    private static final class Subscription
    {
        private int id;
        private long offset;
        private int lastEpoch;
        private int leadsEpoch;
    }

    private static final class Run implements ConsumeLanes, MetadataLookup, ConsumeListener
    {
        private final SplittableRandom random;
        private final ModelPartition model = new ModelPartition();
        private final List<List<Subscription>> subscriptions = new ArrayList<>();
        private final List<Deque<Runnable>> answers = new ArrayList<>();
        /** Batches that each broker knows to be committed. */
        private final int[] known = new int[ModelPartition.BROKERS];
        private final Crc32c crc = new Crc32c();
        private final ConsumerMachine machine;
        private final ConsumerPartition partition;
        private final List<Long> delivered = new ArrayList<>();
        private long nowNs;
        private long nextNumber;
        private boolean isLookedUp;
        private boolean isCalm;
        private int cuts;
        private int staleLeader;
        private int staleEpoch;

        private Run(final long seed)
        {
            random = new SplittableRandom(seed);
            machine = new ConsumerMachine(new ConsumerContext()
                .lanes(this).metadata(this).listener(this).reset(ConsumerMachine.Reset.EARLIEST)
                .metadataMaxAgeNs(200 * MS));
            partition = machine.add("t", 0);
            for (int i = 0; i < ModelPartition.BROKERS; i++)
            {
                subscriptions.add(new ArrayList<>());
                answers.add(new ArrayDeque<>());
                machine.onBrokerConnected(i, 1);
            }
        }

        private void append()
        {
            final ModelPartition.Broker broker = model.brokers[model.leader];
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512]);
            final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
            final RecordBatchBuilder builder = new RecordBatchBuilder(crc).begin(buffer, 0, buffer.capacity(), 0);
            final int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++)
            {
                value.putLong(0, nextNumber++);
                builder.append(0, value, 0, -1, value, 0, 8);
            }
            final int length = builder.finish();
            RecordBatchDescriptor.stamp(
                buffer, 0, ModelPartition.offsetOf(broker.log, broker.log.size()), model.leaderEpoch, 0, crc);
            broker.log.add(new ModelPartition.Entry(buffer, 0, length, model.leaderEpoch));
        }

        private void step()
        {
            nowNs += random.nextInt(4) * MS;
            machine.doWork(nowNs);
            if (isLookedUp && random.nextInt(5) == 0)
            {
                isLookedUp = false;
                final boolean isStale = !isCalm && random.nextInt(4) == 0;
                machine.onTopic(
                    "t", 7, new int[]{ isStale ? staleLeader : model.leader },
                    new int[]{ isStale ? staleEpoch : model.leaderEpoch }, nowNs);
            }
            for (int i = 0; i < ModelPartition.BROKERS; i++)
            {
                final ModelPartition.Broker broker = model.brokers[i];
                if (!broker.isConnected && random.nextInt(isCalm ? 2 : 20) == 0)
                {
                    broker.isConnected = true;
                    machine.onBrokerConnected(i, 1);
                }
                if (random.nextInt(4) == 0)
                {
                    replicate(i);
                }
                serve(i);
                if (random.nextInt(2) == 0 && !answers.get(i).isEmpty())
                {
                    answers.get(i).poll().run();
                }
            }
        }

        private void replicate(final int brokerId)
        {
            model.replicate(brokerId);
            if (brokerId != model.leader)
            {
                known[brokerId] = Math.min(known[brokerId], model.brokers[brokerId].log.size());
            }
            known[model.leader] = Math.max(known[model.leader], model.committedCount());
        }

        private void serve(final int brokerId)
        {
            final List<Subscription> all = subscriptions.get(brokerId);
            for (int i = all.size() - 1; i >= 0; i--)
            {
                if (random.nextInt(3) == 0 && !serve(brokerId, all.get(i)))
                {
                    all.remove(i);
                }
            }
        }

        private boolean serve(final int brokerId, final Subscription to)
        {
            final ModelPartition.Broker broker = model.brokers[brokerId];
            if (broker.leadsEpoch < 0 || broker.leadsEpoch != to.leadsEpoch)
            {
                return end(brokerId, to, ResultCode.NOT_LEADER.code(), -1, -1);
            }
            if (to.lastEpoch > broker.leadsEpoch)
            {
                return end(brokerId, to, ResultCode.UNKNOWN_EPOCH.code(), -1, -1);
            }
            int floor = -1;
            long end = 0;
            long offset = 0;
            int place = -1;
            for (int i = 0; i < broker.log.size(); i++)
            {
                final ModelPartition.Entry entry = broker.log.get(i);
                offset += entry.numbers.length;
                if (entry.leaderEpoch <= to.lastEpoch)
                {
                    floor = entry.leaderEpoch;
                    end = offset;
                }
                if (place < 0 && offset > to.offset)
                {
                    place = i;
                }
            }
            if (to.lastEpoch >= 0 && (floor != to.lastEpoch || end < to.offset))
            {
                return end(brokerId, to, ResultCode.TRUNCATED.code(), floor, end);
            }
            if (to.offset > offset)
            {
                return end(brokerId, to, ResultCode.OFFSET_OUT_OF_RANGE.code(), -1, -1);
            }
            if (place >= 0 && place < known[brokerId])
            {
                final ModelPartition.Entry entry = broker.log.get(place);
                to.offset = ModelPartition.offsetOf(broker.log, place + 1);
                to.lastEpoch = entry.leaderEpoch;
                final int epoch = broker.leadsEpoch;
                final UnsafeBuffer bytes = new UnsafeBuffer(entry.bytes);
                answers.get(brokerId).add(() -> machine.onPush(
                    to.id, epoch, 0, 0, bytes, 0, entry.bytes.length, Integer.MAX_VALUE, nowNs));
            }
            return true;
        }

        private boolean end(
            final int brokerId, final Subscription to, final int code, final int divergedEpoch, final long divergedEnd)
        {
            final int epoch = model.brokers[brokerId].leadsEpoch;
            answers.get(brokerId).add(() ->
                machine.onSubscriptionEnd(to.id, code, epoch, divergedEpoch, divergedEnd, nowNs));
            return false;
        }

        private void fault(final boolean isLossy)
        {
            final int brokerId = random.nextInt(ModelPartition.BROKERS);
            switch (random.nextInt(isLossy ? 5 : 4))
            {
                case 0:
                    subscriptions.get(brokerId).clear();
                    answers.get(brokerId).clear();
                    model.brokers[brokerId].isConnected = false;
                    machine.onBrokerLost(brokerId, nowNs);
                    break;

                case 1:
                    staleLeader = model.leader;
                    staleEpoch = model.leaderEpoch;
                    model.failOver(brokerId, random.nextBoolean());
                    break;

                case 2:
                    machine.pause(partition);
                    machine.resume(partition);
                    break;

                case 3:
                    nowNs += random.nextInt(400) * MS;
                    break;

                default:
                    final int committed = model.committedCount();
                    model.loseFrom(Math.max(0, committed - random.nextInt(6)));
                    for (int i = 0; i < ModelPartition.BROKERS; i++)
                    {
                        model.brokers[i].leadsEpoch = i == model.leader ? model.leaderEpoch : -1;
                        known[i] = Math.min(known[i], model.brokers[i].log.size());
                    }
                    break;
            }
        }

        private void run(final int steps, final boolean isLossy)
        {
            for (int i = 0; i < steps; i++)
            {
                if (random.nextInt(4) == 0)
                {
                    append();
                }
                if (random.nextInt(40) == 0)
                {
                    fault(isLossy);
                }
                step();
            }
            isCalm = true;
            append();
            for (int i = 0; i < 20_000 && !(isSettled() && numbers().equals(delivered)); i++)
            {
                step();
            }
            assertEquals(numbers(), delivered);
        }

        private boolean isSettled()
        {
            return model.committedCount() == model.brokers[model.leader].log.size();
        }

        private List<Long> numbers()
        {
            final List<Long> numbers = new ArrayList<>();
            for (final ModelPartition.Entry entry : model.committed())
            {
                for (final long number : entry.numbers)
                {
                    numbers.add(number);
                }
            }
            return numbers;
        }

        @Override
        public boolean subscribe(
            final int brokerId,
            final int shard,
            final int subscriptionId,
            final long topicId,
            final int index,
            final long startOffset,
            final int lastEpoch)
        {
            assertTrue(model.brokers[brokerId].isConnected);
            final Subscription added = new Subscription();
            added.id = subscriptionId;
            added.offset = startOffset;
            added.lastEpoch = lastEpoch;
            added.leadsEpoch = model.brokers[brokerId].leadsEpoch;
            subscriptions.get(brokerId).add(added);
            return true;
        }

        @Override
        public boolean unsubscribe(final int brokerId, final int shard, final int subscriptionId)
        {
            // what is pushed for a former one must be dropped anyway: some of these get lost
            return random.nextBoolean() && subscriptions.get(brokerId).removeIf((one) -> one.id == subscriptionId);
        }

        @Override
        public boolean listOffsets(
            final int brokerId,
            final int shard,
            final long correlationId,
            final long topicId,
            final int index,
            final long timestamp)
        {
            answers.get(brokerId).add(() -> machine.onOffsets(correlationId, 0, -1, 0, nowNs));
            return true;
        }

        @Override
        public boolean request(final String topic)
        {
            isLookedUp = true;
            return true;
        }

        @Override
        public void onRecord(final ConsumerPartition of, final Record record)
        {
            assertEquals(delivered.size(), record.offset(), "in order, without gap or copy");
            delivered.add(record.buffer().getLong(record.valueIndex()));
        }

        @Override
        public void onReset(final ConsumerPartition of, final int code, final long from, final long to)
        {
            cuts++;
            delivered.subList((int)to, delivered.size()).clear();
        }

        @Override
        public void onTruncated(final ConsumerPartition of, final long from, final long to)
        {
            cuts++;
            assertEquals(delivered.size(), from);
            delivered.subList((int)to, delivered.size()).clear();
        }

        @Override
        public void onFailed(final ConsumerPartition of, final int code)
        {
            throw new AssertionError("failed with " + ResultCode.nameOf(code));
        }
    }

    @Test
    void committedRecordsComeOnceAndInOrderThroughFailovers()
    {
        for (int seed = 0; seed < SEEDS; seed++)
        {
            final Run run = new Run(seed);
            run.run(1_000, false);
            assertEquals(0, run.cuts);
        }
    }

    @Test
    void lossOfCommittedRecordsIsNoticedFromTheFirstOneOn()
    {
        int cuts = 0;
        for (int seed = 0; seed < SEEDS; seed++)
        {
            final Run run = new Run(seed);
            run.run(1_000, true);
            cuts += run.cuts;
        }
        assertTrue(cuts > SEEDS / 2, "" + cuts);
    }
}
