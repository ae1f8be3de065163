package io.epona.client.session;

import io.epona.client.session.ProducerFixture.Sent;
import io.epona.client.session.ProducerFixture.Settled;
import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProducerMachineTest
{
    private static final int OUT_OF_ORDER = ResultCode.OUT_OF_ORDER_SEQUENCE.code();
    private static final int NOT_LEADER = ResultCode.NOT_LEADER.code();
    private static final int NOT_ENOUGH = ResultCode.NOT_ENOUGH_REPLICAS.code();

    private final ProducerFixture fix = new ProducerFixture();

    @Test
    void sequencesRiseByTheRecordsOfEachBatch()
    {
        fix.context.maxBatchesUnacked(1);
        fix.start().send(3);
        final Sent first = fix.take().get(0);
        assertEquals(1, first.count());
        fix.ack(first, 10);
        final Sent second = fix.take().get(0);
        assertEquals(0, first.sequence());
        assertEquals(1, second.sequence());
        assertEquals(2, second.count());
        assertEquals(99, second.producerId());
        fix.ack(second, 11);
        assertEquals(11, fix.settled.get(1).baseOffset);
        assertEquals(1, fix.settled.get(1).firstNumber);
        assertEquals(0, fix.machine.unsettledRecords());
        fix.send(1);
        assertEquals(3, fix.take().get(0).sequence());
    }

    @Test
    void sequencesWrapToZero()
    {
        assertEquals(0, Sequences.plus(Integer.MAX_VALUE, 1));
        assertTrue(Sequences.isBefore(Integer.MAX_VALUE, 0));
        assertFalse(Sequences.isBefore(0, Integer.MAX_VALUE));
        assertFalse(Sequences.isBefore(5, 5));
        assertEquals(3, Sequences.distance(Integer.MAX_VALUE - 1, 1));
    }

    @Test
    void nothingIsSentBeforeThereIsAProducerId()
    {
        fix.connectless();
        fix.machine.onBrokerConnected(1, 1);
        fix.lead(7, 1, 3);
        fix.send(1);
        assertTrue(fix.take().isEmpty());
        assertEquals(1, fix.idRequests);
        fix.machine.onProducerId(ResultCode.LOADING.code(), -1, (short)-1, fix.nowNs);
        fix.advance(60);
        assertEquals(2, fix.idRequests);
        fix.machine.onProducerId(0, 42, (short)0, fix.nowNs);
        final Sent batch = fix.take().get(0);
        assertEquals(42, batch.producerId());
        assertEquals(0, batch.sequence());
    }

    @Test
    void inFlightIsBoundedAndThenBackPressured()
    {
        fix.context.maxInFlight(3).batchLength(128);
        fix.start().send(5);
        final List<Sent> first = fix.take();
        assertEquals(3, first.size());
        assertEquals(ResultCode.BACK_PRESSURED.code(), fix.send());
        fix.ack(first.get(0), 0);
        assertEquals(1, fix.take().size());
        assertEquals(5, fix.send());
    }

    @Test
    void retryIsTheIdenticalBatch()
    {
        fix.start().send(2);
        final List<Sent> first = fix.take();
        fix.machine.onBrokerLost(1, fix.nowNs);
        fix.machine.onBrokerConnected(1, 1);
        fix.advance(1);
        final List<Sent> second = fix.take();
        assertEquals(2, second.size());
        for (int i = 0; i < 2; i++)
        {
            assertArrayEquals(first.get(i).bytes, second.get(i).bytes);
            assertTrue(first.get(i).requestId < second.get(i).requestId);
            fix.ack(second.get(i), i);
        }
        assertEquals(2, fix.settled.size());
    }

    @Test
    void answerToAFormerSendingChangesNothing()
    {
        fix.start().send(1);
        final Sent first = fix.take().get(0);
        fix.machine.onBrokerLost(1, fix.nowNs);
        fix.ack(first, 0);
        assertTrue(fix.settled.isEmpty());
        assertEquals(1, fix.machine.strayAcks());
    }

    @ParameterizedTest
    @EnumSource(value = ResultCode.class, names = { "NOT_LEADER", "FENCED_EPOCH", "TIMED_OUT", "PARTITION_FENCED" })
    void refusalWithUnknownOutcomeIsSentAgainAfterAPauseAndLeadersAreLookedUp(final ResultCode code)
    {
        fix.start().send(1);
        final Sent first = fix.take().get(0);
        fix.advance(60);
        final int lookups = fix.lookups;
        fix.refuse(first, code.code(), 0, 5);
        fix.advance(49);
        assertEquals(lookups + 1, fix.lookups);
        assertTrue(fix.take().isEmpty());
        fix.advance(1);
        assertArrayEquals(first.bytes, fix.take().get(0).bytes);
    }

    @ParameterizedTest
    @EnumSource(value = ResultCode.class, names = { "LOADING", "NOT_ENOUGH_REPLICAS", "STORAGE_LOW", "UNKNOWN_EPOCH" })
    void refusalWithKnownOutcomeIsSentAgainAfterAPauseThatDoubles(final ResultCode code)
    {
        fix.start().send(1);
        for (int i = 0; i < 7; i++)
        {
            final long pauseMs = Math.min(1000, 50L << i);
            fix.refuse(fix.take().get(0), code.code());
            fix.advance(pauseMs - 1);
            assertTrue(fix.take().isEmpty());
            fix.advance(1);
            assertEquals(1, fix.sent.size());
        }
        fix.ack(fix.take().get(0), 0);
        fix.send(1);
        fix.refuse(fix.take().get(0), code.code());
        fix.advance(50);
        assertEquals(1, fix.sent.size());
    }

    @ParameterizedTest
    @EnumSource(value = ResultCode.class, names = { "NOT_LEADER", "PARTITION_FENCED", "NOT_ENOUGH_REPLICAS" })
    void whatIsOverdueIsSettledAsWhatRefusedItLast(final ResultCode code)
    {
        fix.start().send(1);
        while (fix.settled.isEmpty())
        {
            fix.take().forEach((batch) -> fix.refuse(batch, code.code()));
            fix.advance(100);
        }
        final Settled settled = fix.onlySettled();
        assertEquals(code.code(), settled.code);
        assertEquals(ResultCode.PARTITION_FENCED != code, settled.isKnown, "one that does not lead took nothing");
    }

    @Test
    void endOfALeadershipLeavesTheOutcomeOfWhatItTookOpen()
    {
        fix.start().send(1);
        fix.refuse(fix.take().get(0), NOT_LEADER, 0, 7);
        while (fix.settled.isEmpty())
        {
            fix.take().forEach((batch) -> fix.refuse(batch, NOT_LEADER));
            fix.advance(100);
        }
        assertFalse(fix.onlySettled().isKnown);
    }

    @Test
    void leadersAreLookedUpAtMostEvery50Ms()
    {
        fix.start().send(1);
        fix.refuse(fix.take().get(0), NOT_LEADER);
        final int before = fix.lookups;
        for (int i = 0; i < 100; i++)
        {
            fix.advance(10);
            fix.take().forEach((batch) -> fix.refuse(batch, NOT_LEADER));
            if (fix.lookups > before)
            {
                fix.lead(7, 1, 3);
            }
        }
        assertTrue(fix.lookups - before <= 20, "" + (fix.lookups - before));
        assertTrue(fix.lookups - before >= 3, "" + (fix.lookups - before));
    }

    @Test
    void unansweredLookupIsMadeAgain()
    {
        fix.connectless();
        assertEquals(1, fix.lookups);
        fix.advance(499);
        assertEquals(1, fix.lookups);
        fix.advance(1);
        assertEquals(2, fix.lookups);
    }

    @Test
    void newLeaderGetsAllThatIsUnackedInOrder()
    {
        fix.start().send(3);
        final List<Sent> first = fix.take();
        fix.ack(first.get(0), 0);
        fix.lead(7, 2, 4);
        final List<Sent> second = fix.take();
        assertEquals(2, second.size());
        assertEquals(2, second.get(0).brokerId);
        assertArrayEquals(first.get(1).bytes, second.get(0).bytes);
        assertArrayEquals(first.get(2).bytes, second.get(1).bytes);
    }

    @Test
    void metadataWithALowerLeaderEpochAreIgnored()
    {
        fix.start();
        fix.lead(7, 2, 4);
        fix.lead(7, 1, 3);
        fix.send(1);
        assertEquals(2, fix.take().get(0).brokerId);
    }

    @Test
    void ackWithAHigherLeaderEpochCountsAsKnowledgeOfIt()
    {
        fix.start().send(1);
        final Sent first = fix.take().get(0);
        fix.machine.onAck(1, 0, first.requestId, 0, 6, 0, 1, 0, fix.nowNs);
        fix.lead(7, 2, 5);
        fix.send(1);
        assertEquals(1, fix.take().get(0).brokerId);
    }

    @Test
    void unansweredRequestIsSentAgain()
    {
        fix.start().send(1);
        fix.advance(0);
        final Sent first = fix.take().get(0);
        fix.advance(2_999);
        assertTrue(fix.take().isEmpty());
        fix.advance(1);
        assertArrayEquals(first.bytes, fix.take().get(0).bytes);
    }

    @Test
    void outOfOrderFromLastAckedOnIsResentFromTheSequenceAfter()
    {
        fix.start().send(5);
        final List<Sent> first = fix.take();
        fix.ack(first.get(0), 0);
        fix.refuse(first.get(1), NOT_ENOUGH);
        // the leader has 0; what followed the refused one can not be taken
        fix.refuse(first.get(2), OUT_OF_ORDER, 3, 0);
        fix.refuse(first.get(3), OUT_OF_ORDER, 3, 0);
        assertTrue(fix.take().isEmpty());
        fix.advance(50);
        final List<Sent> second = fix.take();
        assertEquals(3, second.size());
        for (int i = 0; i < 3; i++)
        {
            assertArrayEquals(first.get(i + 1).bytes, second.get(i).bytes);
        }
        // the answer to the fifth comes late and concerns it alone
        fix.refuse(first.get(4), OUT_OF_ORDER, 3, 0);
        assertArrayEquals(first.get(4).bytes, fix.take().get(0).bytes);
        assertTrue(fix.losses.isEmpty());
        assertEquals(0, fix.machine.epochBumps());
    }

    @Test
    void outOfOrderFromAboveLastAckedLeavesWhatTheLeaderHasAlone()
    {
        fix.start().send(3);
        final List<Sent> first = fix.take();
        // 0 and 1 stand in the log, waiting for replicas; 2 was overtaken by nothing, yet refused
        fix.refuse(first.get(2), OUT_OF_ORDER, 3, 1);
        fix.advance(50);
        final List<Sent> again = fix.take();
        assertArrayEquals(first.get(2).bytes, again.get(again.size() - 1).bytes);
        again.forEach((batch) -> fix.ack(batch, batch.sequence()));
        assertEquals(3, fix.settled.size());
    }

    @Test
    void firstBatchThatWasRefusedIsResentWhenTheNextIsFromAnUnknownProducer()
    {
        fix.start().send(2);
        final List<Sent> first = fix.take();
        fix.refuse(first.get(0), NOT_ENOUGH);
        fix.refuse(first.get(1), ResultCode.UNKNOWN_PRODUCER.code());
        fix.advance(50);
        final List<Sent> second = fix.take();
        assertArrayEquals(first.get(0).bytes, second.get(0).bytes);
        assertArrayEquals(first.get(1).bytes, second.get(1).bytes);
        assertEquals(0, fix.machine.epochBumps());
    }

    @Test
    void outOfOrderBelowLastAckedIsDataLossAndANewEpoch()
    {
        fix.start().send(5);
        final List<Sent> first = fix.take();
        for (int i = 0; i < 3; i++)
        {
            fix.ack(first.get(i), i);
        }
        fix.settled.clear();
        // of three acknowledged records the leader has one
        fix.refuse(first.get(3), OUT_OF_ORDER, 4, 0);
        assertEquals(List.of("0 4 1"), fix.losses);
        assertTrue(fix.take().isEmpty(), "what is in flight is to be resolved first");
        fix.refuse(first.get(4), OUT_OF_ORDER, 4, 0);
        final List<Sent> second = fix.take();
        assertEquals(2, second.size());
        for (int i = 0; i < 2; i++)
        {
            assertEquals(1, second.get(i).epoch());
            assertEquals(i, second.get(i).sequence());
            assertEquals(3 + i, second.get(i).firstNumber());
            fix.ack(second.get(i), 1 + i);
        }
        assertEquals(1, fix.losses.size());
        assertEquals(2, fix.settled.size());
        assertEquals(1, fix.machine.epochBumps());
    }

    @Test
    void outOfOrderBelowLastAckedFromAnOldLeaderIsNoDataLoss()
    {
        fix.start();
        fix.lead(7, 2, 4);
        fix.send(2);
        final List<Sent> first = fix.take();
        fix.ack(first.get(0), 0);
        fix.refuse(first.get(1), OUT_OF_ORDER, 3, -1);
        assertTrue(fix.losses.isEmpty());
        fix.advance(50);
        assertArrayEquals(first.get(1).bytes, fix.take().get(0).bytes);
    }

    @Test
    void leaderThatHasNotHeardOfItsNewEpochYetIsNoProofOfDataLoss()
    {
        // broker 2 led in epoch 3 and was replaced by 1 without noticing; the state says that it leads again, in 5
        fix.start();
        fix.lead(7, 1, 4);
        fix.send(1);
        fix.ack(fix.take().get(0), 0);
        fix.lead(7, 2, 5);
        fix.send(1);
        final Sent batch = fix.take().get(0);
        fix.refuse(batch, ResultCode.UNKNOWN_PRODUCER.code(), 3, -1);
        fix.advance(50);
        assertArrayEquals(batch.bytes, fix.take().get(0).bytes);
        assertTrue(fix.losses.isEmpty());
        assertEquals(0, fix.machine.epochBumps());
    }

    @Test
    void refusalThatNamesNoLeaderEpochIsNoProofOfDataLoss()
    {
        fix.start().send(2);
        final List<Sent> first = fix.take();
        fix.ack(first.get(0), 0);
        fix.refuse(first.get(1), OUT_OF_ORDER, -1, -1);
        fix.advance(50);
        assertArrayEquals(first.get(1).bytes, fix.take().get(0).bytes);
        assertTrue(fix.losses.isEmpty());
    }

    @Test
    void newEpochBeginsOnEveryPartitionOnceItsInFlightIsResolved()
    {
        fix.start();
        final ProducerPartition other = fix.machine.partition(ProducerFixture.TOPIC, 1);
        fix.machine.onTopic(
            ProducerFixture.TOPIC, 7, new int[]{ 1, 1 }, new int[]{ 3, 3 }, fix.nowNs);
        final ProducerPartition damaged = fix.partition;
        fix.send(2);
        fix.partition = other;
        fix.send(1);
        final List<Sent> first = fix.take();
        fix.partition = damaged;
        fix.ack(first.get(0), 0);
        fix.refuse(first.get(1), OUT_OF_ORDER, 3, -1);
        assertEquals(1, fix.take().get(0).epoch());

        fix.partition = other;
        fix.send(1);
        assertTrue(fix.take().isEmpty(), "the other partition has a batch of the old epoch in flight");
        fix.ack(first.get(2), 0);
        final Sent next = fix.take().get(0);
        assertEquals(1, next.partition);
        assertEquals(1, next.epoch());
        assertEquals(0, next.sequence());
    }

    @Test
    void recordsInDoubtAreNotSentInTheNewEpoch()
    {
        fix.start().send(3);
        final List<Sent> first = fix.take();
        fix.ack(first.get(0), 0);
        fix.settled.clear();
        fix.machine.onBrokerLost(1, fix.nowNs);
        fix.send(1);
        fix.machine.onBrokerConnected(1, 1);
        fix.advance(1);
        final List<Sent> second = fix.take();
        assertEquals(3, second.size());
        for (final Sent batch : second)
        {
            fix.refuse(batch, OUT_OF_ORDER, 3, -1);
        }
        assertEquals(2, fix.settled.size());
        assertFalse(fix.settled.get(0).isKnown);
        assertEquals(OUT_OF_ORDER, fix.settled.get(0).code);
        final Sent third = fix.take().get(0);
        assertEquals(3, third.firstNumber(), "the record that was sent once, and refused");
        assertEquals(0, third.sequence());
        assertEquals(1, third.epoch());
    }

    @Test
    void producerThatIsUnknownSoonAfterAnAckMeansDataLoss()
    {
        fix.start().send(1);
        fix.ack(fix.take().get(0), 0);
        fix.send(1);
        fix.refuse(fix.take().get(0), ResultCode.UNKNOWN_PRODUCER.code());
        assertEquals(List.of("0 3 0"), fix.losses);
        final Sent again = fix.take().get(0);
        assertEquals(1, again.epoch());
        assertEquals(0, again.sequence());
    }

    @Test
    void producerThatIsUnknownAfterDaysTakesANewEpochOnly()
    {
        fix.start().send(1);
        fix.ack(fix.take().get(0), 0);
        fix.nowNs += SequenceChain.EXPIRY_NS;
        fix.advance(0);
        fix.send(1);
        fix.refuse(fix.take().get(0), ResultCode.UNKNOWN_PRODUCER.code());
        assertTrue(fix.losses.isEmpty());
        assertEquals(1, fix.take().get(0).epoch());
    }

    @Test
    void afterTheLastEpochAnotherProducerIdIsTaken()
    {
        fix.connectless();
        fix.machine.onBrokerConnected(1, 1);
        fix.lead(7, 1, 3);
        fix.machine.onProducerId(0, 99, Short.MAX_VALUE, fix.nowNs);
        fix.send(1);
        fix.ack(fix.take().get(0), 0);
        fix.send(1);
        fix.refuse(fix.take().get(0), ResultCode.UNKNOWN_PRODUCER.code());
        assertTrue(fix.take().isEmpty());
        fix.advance(60);
        assertEquals(2, fix.idRequests);
        fix.machine.onProducerId(0, 100, (short)0, fix.nowNs);
        final Sent again = fix.take().get(0);
        assertEquals(100, again.producerId());
        assertEquals(0, again.epoch());
    }

    @Test
    void newTopicIdBeginsAtSequenceZeroAndInDoubtRecordsFail()
    {
        fix.start().send(3);
        final List<Sent> first = fix.take();
        fix.ack(first.get(0), 0);
        fix.settled.clear();
        fix.refuse(first.get(2), ResultCode.UNKNOWN_TOPIC.code());
        fix.lead(8, 2, 0);
        final Settled failed = fix.onlySettled();
        assertEquals(1, failed.firstNumber);
        assertEquals(ResultCode.UNKNOWN_TOPIC.code(), failed.code);
        assertFalse(failed.isKnown);
        final Sent next = fix.take().get(0);
        assertEquals(8, next.topicId);
        assertEquals(2, next.brokerId);
        assertEquals(2, next.firstNumber());
        assertEquals(0, next.sequence());
    }

    @Test
    void olderTopicIdIsAStaleAnswer()
    {
        fix.start();
        fix.lead(6, 2, 9);
        fix.send(1);
        final Sent batch = fix.take().get(0);
        assertEquals(7, batch.topicId);
        assertEquals(1, batch.brokerId);
    }

    @Test
    void topicIsGoneWhenLeaderAndMetadataSaySo()
    {
        fix.start().send(1);
        fix.machine.onTopic(ProducerFixture.TOPIC, -1, null, null, fix.nowNs);
        assertTrue(fix.settled.isEmpty(), "one that has not heard of it yet says the same");
        fix.refuse(fix.take().get(0), ResultCode.UNKNOWN_TOPIC.code());
        fix.machine.onTopic(ProducerFixture.TOPIC, -1, null, null, fix.nowNs);
        final Settled failed = fix.onlySettled();
        assertEquals(ResultCode.UNKNOWN_TOPIC.code(), failed.code);
        assertTrue(failed.isKnown);
    }

    @Test
    void withoutIdempotenceOneBatchIsInFlight()
    {
        fix.context.idempotent(false).acks(1);
        fix.start().send(3);
        final Sent first = fix.take().get(0);
        assertTrue(fix.take().isEmpty());
        assertEquals(-1, first.producerId());
        assertEquals(1, first.acks);
        fix.ack(first, 0);
        final Sent second = fix.take().get(0);
        assertEquals(2, second.count());
        fix.machine.onBrokerLost(1, fix.nowNs);
        fix.lead(7, 2, 4);
        assertArrayEquals(second.bytes, fix.take().get(0).bytes);
    }

    @Test
    void idempotenceWithFewerAcksIsRefused()
    {
        assertThrows(IllegalArgumentException.class, () -> new ProducerMachine(fix.context.acks(1)));
    }

    @Test
    void recordThatIsTooLargeIsRefused()
    {
        fix.context.batchLength(128).maxBatchLength(128);
        fix.start();
        final UnsafeBuffer value = new UnsafeBuffer(new byte[64]);
        assertEquals(
            ResultCode.RECORD_TOO_LARGE.code(), fix.machine.send(fix.partition, 1, value, 0, -1, value, 0, 64));
        assertEquals(0, fix.machine.send(fix.partition, 1, value, 0, -1, value, 0, 32));
    }

    @Test
    void openBatchGoesAfterLingerAndByFlush()
    {
        fix.context.maxBatchesUnacked(1);
        fix.start().send(2);
        assertEquals(1, fix.take().size());
        fix.advance(1);
        assertEquals(1, fix.take().size());
        fix.send(1);
        assertTrue(fix.take().isEmpty());
        fix.machine.flush();
        assertEquals(1, fix.take().size());
    }
}
