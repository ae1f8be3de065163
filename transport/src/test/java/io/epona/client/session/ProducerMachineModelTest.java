package io.epona.client.session;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A producer against a model that loses answers and connections and fails over, with truncation of what is not
 * committed.
 */
class ProducerMachineModelTest
{
    private static final long MS = 1_000_000L;
    private static final int SEEDS = 400;

    private static final class Run implements ProduceLanes, MetadataLookup, ProducerIds, ProduceListener
    {
        private final SplittableRandom random;
        private final ModelPartition model = new ModelPartition();
        private final ProducerMachine machine;
        private final ProducerPartition partition;
        private final Map<Long, Long> offsets = new HashMap<>();
        private final TreeSet<Long> unknown = new TreeSet<>();
        private final TreeSet<Long> notWritten = new TreeSet<>();
        private final List<Long> losses = new ArrayList<>();
        private final boolean isIdempotent;
        private long nowNs;
        private boolean isLookedUp;
        private boolean isIdWanted;
        private boolean isCalm;
        private int failOvers;
        private int staleLeader;
        private int staleEpoch;
        private long nextSettled;

        private Run(final long seed, final boolean isIdempotent, final long deliveryTimeoutNs)
        {
            random = new SplittableRandom(seed);
            this.isIdempotent = isIdempotent;
            machine = new ProducerMachine(new ProducerContext()
                .lanes(this).metadata(this).producerIds(this).listener(this)
                .idempotent(isIdempotent)
                .maxInFlight(1 + random.nextInt(8))
                .maxBatchesUnacked(1 + random.nextInt(8))
                .deliveryTimeoutNs(deliveryTimeoutNs)
                .requestTimeoutNs(500 * MS));
            partition = machine.partition("t", 0);
            for (int i = 0; i < ModelPartition.BROKERS; i++)
            {
                machine.onBrokerConnected(i, 1);
            }
        }

        private void step()
        {
            nowNs += random.nextInt(4) * MS;
            machine.doWork(nowNs);
            if (isIdWanted && random.nextInt(10) == 0)
            {
                isIdWanted = false;
                machine.onProducerId(0, 5, (short)0, nowNs);
            }
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
                if (broker.isConnected)
                {
                    if (random.nextInt(3) == 0)
                    {
                        model.deliver(i);
                    }
                    if (random.nextInt(3) == 0)
                    {
                        hearAck(i);
                    }
                }
                else if (random.nextInt(isCalm ? 2 : 20) == 0)
                {
                    broker.isConnected = true;
                    machine.onBrokerConnected(i, 1);
                }
                if (random.nextInt(4) == 0)
                {
                    model.replicate(i);
                }
            }
        }

        private void hearAck(final int brokerId)
        {
            final ModelPartition.Ack ack = model.brokers[brokerId].acks.poll();
            if (null != ack && (isCalm || random.nextInt(50) != 0))
            {
                machine.onAck(
                    brokerId, 0, ack.requestId, ack.code, ack.leaderEpoch, ack.baseOffset, 1, 0, nowNs);
            }
        }

        private void fault()
        {
            final int brokerId = random.nextInt(ModelPartition.BROKERS);
            switch (random.nextInt(4))
            {
                case 0:
                    if (model.brokers[brokerId].isConnected)
                    {
                        model.cut(brokerId, random.nextInt(6));
                        machine.onBrokerLost(brokerId, nowNs);
                    }
                    break;

                case 1:
                    staleLeader = model.leader;
                    staleEpoch = model.leaderEpoch;
                    model.failOver(brokerId, random.nextBoolean());
                    failOvers++;
                    break;

                case 2:
                    model.isShortOfReplicas ^= true;
                    break;

                default:
                    nowNs += random.nextInt(400) * MS;
                    break;
            }
        }

        private void send()
        {
            final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
            value.putLong(0, partition.nextNumber());
            machine.send(partition, 0, value, 0, -1, value, 0, 8);
        }

        private void run(final int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                if (random.nextInt(3) == 0)
                {
                    send();
                }
                if (random.nextInt(40) == 0)
                {
                    fault();
                }
                step();
            }
        }

        private void calmDown()
        {
            isCalm = true;
            model.isShortOfReplicas = false;
            for (int i = 0; i < 20_000 && machine.unsettledRecords() > 0; i++)
            {
                step();
            }
            assertEquals(0, machine.unsettledRecords(), "everything is settled in the end");
            for (int i = 0; i < ModelPartition.BROKERS; i++)
            {
                model.replicate(i);
            }
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

        private void checkAcknowledged(final List<Long> numbers)
        {
            offsets.forEach((number, offset) ->
                assertEquals(number, numbers.get(Math.toIntExact(offset)), "an acknowledged record at its offset"));
        }

        private static void checkRising(final List<Long> numbers)
        {
            for (int i = 1; i < numbers.size(); i++)
            {
                assertTrue(numbers.get(i - 1) < numbers.get(i), "once, and in the order of sending: " + numbers);
            }
        }

        @Override
        public boolean produce(
            final int brokerId,
            final int shard,
            final int requestId,
            final long topicId,
            final int index,
            final byte acks,
            final int flags,
            final DirectBuffer buffer,
            final int batchIndex,
            final int length)
        {
            assertTrue(model.brokers[brokerId].isConnected);
            if (random.nextInt(10) == 0)
            {
                return false;
            }
            model.onRequest(brokerId, requestId, buffer, batchIndex, length);
            return true;
        }

        @Override
        public boolean request(final String topic)
        {
            isLookedUp = true;
            return true;
        }

        @Override
        public boolean request()
        {
            isIdWanted = true;
            return true;
        }

        @Override
        public void onSettled(
            final ProducerPartition of,
            final long firstNumber,
            final int count,
            final int code,
            final boolean isOutcomeKnown,
            final long baseOffset,
            final int leaderEpoch,
            final int inMemory,
            final int onDisk)
        {
            assertEquals(nextSettled, firstNumber, "told in the order of sending");
            nextSettled += count;
            for (int i = 0; i < count; i++)
            {
                final long number = firstNumber + i;
                assertFalse(
                    offsets.containsKey(number) || unknown.contains(number) || notWritten.contains(number),
                    "settled once");
                if (0 == code)
                {
                    offsets.put(number, baseOffset + i);
                }
                else if (isOutcomeKnown)
                {
                    notWritten.add(number);
                }
                else
                {
                    unknown.add(number);
                }
            }
        }

        @Override
        public void onDataLoss(final ProducerPartition of, final int leaderEpoch, final long firstLost)
        {
            losses.add(firstLost);
        }
    }

    @Test
    void everyRecordIsWrittenOnceAndInOrderThroughFailovers()
    {
        int failOvers = 0;
        for (int seed = 0; seed < SEEDS; seed++)
        {
            final Run run = new Run(seed, true, Long.MAX_VALUE / 4);
            run.run(2_000);
            run.calmDown();
            final List<Long> numbers = run.numbers();
            assertEquals(run.partition.nextNumber(), numbers.size(), "seed " + seed);
            Run.checkRising(numbers);
            run.checkAcknowledged(numbers);
            assertEquals(numbers.size(), run.offsets.size());
            assertTrue(run.losses.isEmpty());
            assertEquals(0, run.machine.epochBumps());
            failOvers += run.failOvers;
        }
        assertTrue(failOvers > SEEDS);
    }

    @Test
    void whatTimesOutIsWrittenAtMostOnceAndNothingElseIsAffected()
    {
        long bumps = 0;
        int unknown = 0;
        int notWritten = 0;
        for (int seed = 0; seed < SEEDS; seed++)
        {
            final Run run = new Run(seed, true, 600 * MS);
            run.run(2_000);
            run.calmDown();
            final List<Long> numbers = run.numbers();
            Run.checkRising(numbers);
            run.checkAcknowledged(numbers);
            run.notWritten.forEach((number) -> assertFalse(numbers.contains(number), "known not to be written"));
            assertTrue(run.losses.isEmpty());
            bumps += run.machine.epochBumps();
            unknown += run.unknown.size();
            notWritten += run.notWritten.size();
        }
        assertTrue(bumps > 0 && unknown > 0 && notWritten > 0, bumps + " " + unknown + " " + notWritten);
    }

    @Test
    void lossOfAcknowledgedRecordsIsToldAndNothingIsWrittenTwice()
    {
        int told = 0;
        for (int seed = 0; seed < SEEDS; seed++)
        {
            final Run run = new Run(seed, true, Long.MAX_VALUE / 4);
            run.run(1_000);
            final int kept = run.model.committedCount() / 2;
            run.model.loseFrom(kept);
            run.run(200);
            run.calmDown();
            // what is sent now shows what is missing, where nothing did before
            run.send();
            run.calmDown();
            final List<Long> numbers = run.numbers();
            Run.checkRising(numbers);
            final long firstMissing = run.offsets.keySet().stream()
                .filter((number) -> !numbers.contains(number)).min(Long::compare).orElse(-1L);
            if (firstMissing >= 0)
            {
                assertFalse(run.losses.isEmpty(), "seed " + seed);
                assertTrue(run.losses.get(0) <= firstMissing, "seed " + seed);
                told++;
            }
        }
        assertTrue(told > SEEDS / 2, "" + told);
    }

    @Test
    void withoutIdempotenceNothingAcknowledgedIsMissingAndTheFirstCopiesAreInOrder()
    {
        for (int seed = 0; seed < SEEDS; seed++)
        {
            final Run run = new Run(seed, false, Long.MAX_VALUE / 4);
            run.run(1_000);
            run.calmDown();
            final List<Long> numbers = run.numbers();
            run.checkAcknowledged(numbers);
            final TreeSet<Long> seen = new TreeSet<>();
            for (final long number : numbers)
            {
                assertTrue(seen.isEmpty() || number <= seen.last() + 1, "seed " + seed);
                seen.add(number);
            }
            assertEquals(run.partition.nextNumber(), seen.size());
            assertFalse(run.isIdempotent);
        }
    }
}
