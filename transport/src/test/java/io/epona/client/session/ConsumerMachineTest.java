package io.epona.client.session;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConsumerMachineTest
{
    private static final int NOT_LEADER = ResultCode.NOT_LEADER.code();
    private static final int OUT_OF_RANGE = ResultCode.OFFSET_OUT_OF_RANGE.code();
    private static final int TRUNCATED = ResultCode.TRUNCATED.code();

    private final ConsumerFixture fix = new ConsumerFixture();

    @Test
    void recordsMoveThePositionAndTheEpochBeforeIt()
    {
        fix.start();
        assertEquals(3, fix.push(0, 3, 2));
        assertEquals(1, fix.push(3, 1, 3));
        assertEquals(List.of(0L, 1L, 2L, 3L), fix.takeOffsets());
        assertEquals(4, fix.partition.position());
        assertEquals(3, fix.partition.lastEpoch());
        assertEquals(1_000, fix.partition.highWatermark());
    }

    @Test
    void beginningIsAskedForByTheResetPolicy()
    {
        fix.connect().advance(0);
        assertEquals(List.of("1 offset at " + ConsumerMachine.EARLIEST), fix.take());
        fix.answer(0, 3, 40);
        assertTrue(fix.takeEvents().isEmpty(), "nothing was reset");
        fix.advance(0);
        assertEquals(List.of("1 subscribe 40 -1"), fix.take());
    }

    @Test
    void withPolicyFailNothingIsReadBeforeASeek()
    {
        fix.context.reset(ConsumerMachine.Reset.FAIL);
        fix.connect().advance(100);
        assertTrue(fix.take().isEmpty());
        assertEquals(OUT_OF_RANGE, fix.partition.failure());
        fix.machine.seek(fix.partition, 5, 2);
        fix.advance(0);
        assertEquals(List.of("1 subscribe 5 2"), fix.take());
        assertEquals(0, fix.partition.failure());
    }

    @Test
    void unansweredQuestionIsAskedAgain()
    {
        fix.connect().advance(0);
        final long first = fix.lastCorrelation;
        fix.take();
        fix.advance(3_000);
        fix.advance(0);
        assertEquals(List.of("1 offset at " + ConsumerMachine.EARLIEST), fix.take());
        fix.machine.onOffsets(first, 0, 3, 1, fix.nowNs);
        assertEquals(-1, fix.partition.position(), "an answer to the former question");
        fix.answer(0, 3, 40);
        assertEquals(40, fix.partition.position());
    }

    @Test
    void timeAfterAllRecordsIsTheEnd()
    {
        fix.start();
        fix.machine.seekTo(fix.partition, 1_234);
        fix.advance(0);
        assertEquals(List.of("1 unsubscribe", "1 offset at 1234"), fix.take());
        fix.answer(0, 3, -1);
        fix.advance(0);
        assertEquals(List.of("1 offset at " + ConsumerMachine.LATEST), fix.take());
    }

    @Test
    void everySubscribeHasAFreshIdAndStalePushesAreDropped()
    {
        fix.start();
        final byte[] batch = fix.batches(0, 2, 3);
        final int assigned = fix.lastSubscription;
        fix.machine.seek(fix.partition, 0, -1);
        fix.advance(0);
        final int sought = fix.lastSubscription;
        fix.machine.pause(fix.partition);
        fix.machine.resume(fix.partition);
        fix.advance(0);
        final int resumed = fix.lastSubscription;
        fix.lead(7, 2, 4);
        fix.advance(0);
        final int moved = fix.lastSubscription;
        fix.machine.onBrokerLost(2, fix.nowNs);
        fix.machine.onBrokerConnected(2, 1);
        fix.advance(0);
        final int reconnected = fix.lastSubscription;
        final int[] former = { assigned, sought, resumed, moved };
        for (final int id : former)
        {
            assertNotEquals(reconnected, id);
            assertEquals(0, fix.push(id, 4, batch));
        }
        assertEquals(4, fix.machine.stalePushes());
        assertTrue(fix.takeOffsets().isEmpty());
        assertEquals(2, fix.push(reconnected, 4, batch));
    }

    @Test
    void endOfAFormerSubscriptionIsIgnored()
    {
        fix.start();
        final int former = fix.lastSubscription;
        fix.machine.seek(fix.partition, 9, -1);
        fix.advance(0);
        fix.machine.onSubscriptionEnd(former, OUT_OF_RANGE, -1, -1, -1, fix.nowNs);
        assertEquals(9, fix.partition.position());
    }

    @Test
    void pausedPartitionGetsNothingAndKeepsItsPosition()
    {
        fix.start();
        fix.push(0, 2, 3);
        fix.machine.pause(fix.partition);
        fix.take();
        fix.advance(100);
        assertTrue(fix.take().isEmpty());
        fix.machine.resume(fix.partition);
        fix.advance(0);
        assertEquals(List.of("1 subscribe 2 3"), fix.take());
    }

    @Test
    void newLeaderIsSubscribedFromThePositionWithTheEpochOfTheLastRecord()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.take();
        fix.lead(7, 2, 4);
        fix.advance(0);
        assertEquals(List.of("1 unsubscribe", "2 subscribe 5 3"), fix.take());
    }

    @Test
    void metadataWithALowerLeaderEpochAreIgnored()
    {
        fix.start();
        fix.lead(7, 2, 2);
        fix.lead(6, 2, 9);
        fix.advance(0);
        assertTrue(fix.take().isEmpty());
    }

    @Test
    void pushOfALeaderOfBeforeIsDroppedAndLeadersAreLookedUp()
    {
        fix.start();
        fix.answerLookups();
        final int lookups = fix.lookups;
        assertEquals(0, fix.push(fix.lastSubscription, 2, fix.batches(0, 1, 2)));
        assertTrue(fix.takeOffsets().isEmpty());
        fix.take();
        fix.advance(50);
        assertEquals(lookups + 1, fix.lookups);
        assertEquals(List.of("1 subscribe 0 -1"), fix.take());
    }

    @ParameterizedTest
    @EnumSource(
        value = ResultCode.class,
        names = { "NOT_LEADER", "FENCED_EPOCH", "UNKNOWN_EPOCH", "LOADING", "PARTITION_FENCED", "UNKNOWN_TOPIC" })
    void refusedSubscriptionIsMadeAgainAfterAPauseAndLeadersAreLookedUp(final ResultCode code)
    {
        fix.start();
        fix.answerLookups();
        final int lookups = fix.lookups;
        fix.end(code.code());
        // A broker may hear of a topic later than this client.
        assertEquals(ResultCode.UNKNOWN_TOPIC == code ? 0 : code.code(), fix.partition.failure());
        fix.advance(49);
        assertTrue(fix.take().isEmpty());
        fix.advance(1);
        assertEquals(lookups + 1, fix.lookups);
        assertEquals(List.of("1 subscribe 0 -1"), fix.take());
        fix.end(code.code());
        fix.advance(99);
        assertTrue(fix.take().isEmpty());
        fix.advance(1);
        assertEquals(List.of("1 subscribe 0 -1"), fix.take());
        assertTrue(fix.takeEvents().isEmpty());
    }

    @Test
    void topicIsUnknownWhereBrokerAndMetadataSaySo()
    {
        final int code = ResultCode.UNKNOWN_TOPIC.code();
        fix.start();
        fix.machine.onTopic(ConsumerFixture.TOPIC, -1, null, null, fix.nowNs);
        assertEquals(0, fix.partition.failure());
        fix.end(code);
        fix.answerLookups();
        fix.machine.onTopic(ConsumerFixture.TOPIC, -1, null, null, fix.nowNs);
        assertEquals(0, fix.partition.failure());
        fix.advance(50);
        fix.end(code);
        fix.machine.onTopic(ConsumerFixture.TOPIC, -1, null, null, fix.nowNs);
        assertEquals(code, fix.partition.failure());
    }

    @Test
    void refusalThatWaitingDoesNotMendFailsUntilASeek()
    {
        fix.start();
        final int code = ResultCode.NOT_AUTHORIZED.code();
        fix.end(code);
        assertEquals(List.of("failed " + code), fix.takeEvents());
        fix.advance(5_000);
        assertTrue(fix.take().isEmpty());
        fix.machine.seek(fix.partition, 1, -1);
        fix.advance(0);
        assertEquals(List.of("1 subscribe 1 -1"), fix.take());
    }

    @Test
    void leadersAreLookedUpWithoutASignAfterAWhile()
    {
        fix.start();
        fix.answerLookups();
        final int lookups = fix.lookups;
        fix.advance(4_990);
        assertEquals(lookups, fix.lookups);
        fix.advance(20);
        assertEquals(lookups + 1, fix.lookups);
    }

    @Test
    void outOfRangeGoesToWhereThePolicySays()
    {
        for (final ConsumerMachine.Reset reset : ConsumerMachine.Reset.values())
        {
            final ConsumerFixture one = new ConsumerFixture();
            one.context.reset(reset);
            one.connect();
            one.machine.seek(one.partition, 17, 3);
            one.advance(0);
            one.take();
            one.end(OUT_OF_RANGE, 3, -1, -1);
            one.advance(0);
            if (ConsumerMachine.Reset.FAIL == reset)
            {
                assertEquals(List.of("failed " + OUT_OF_RANGE), one.takeEvents());
                assertTrue(one.take().isEmpty());
                continue;
            }
            assertEquals(List.of("1 offset at " + (ConsumerMachine.Reset.EARLIEST == reset ? -2 : -1)), one.take());
            one.answer(0, 3, 30);
            assertEquals(List.of("reset " + OUT_OF_RANGE + " 17 30"), one.takeEvents());
            one.advance(0);
            assertEquals(List.of("1 subscribe 30 -1"), one.take());
        }
    }

    @Test
    void outOfRangeOfALeaderOfBeforeMovesNothing()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.take();
        fix.end(OUT_OF_RANGE, 2, -1, -1);
        fix.advance(50);
        assertEquals(List.of("1 subscribe 5 3"), fix.take());
        assertTrue(fix.takeEvents().isEmpty());
    }

    @Test
    void divergedLogIsReadAgainFromWhereItDiffers()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.push(5, 5, 4);
        fix.take();
        // the leader has epoch 4 up to 7 only
        fix.end(TRUNCATED, 5, 4, 7);
        assertEquals(List.of("truncated 10 7"), fix.takeEvents());
        fix.advance(0);
        assertEquals(List.of("1 subscribe 7 4"), fix.take());
    }

    @Test
    void divergedLogIsReadAgainFromTheOwnEndOfTheCommonEpoch()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.push(5, 5, 6);
        fix.take();
        // the leader has no epoch 6, and epoch 4 up to 8: what was consumed of 4 or earlier ends at 5
        fix.end(TRUNCATED, 7, 4, 8);
        assertEquals(List.of("truncated 10 5"), fix.takeEvents());
        fix.advance(0);
        assertEquals(List.of("1 subscribe 5 3"), fix.take());
        fix.end(TRUNCATED, 7, 3, 2);
        fix.advance(0);
        assertEquals(List.of("1 subscribe 2 3"), fix.take());
        assertEquals(List.of("truncated 5 2"), fix.takeEvents());
    }

    @Test
    void divergedLogFailsWherePolicySaysSo()
    {
        fix.context.reset(ConsumerMachine.Reset.FAIL);
        fix.connect();
        fix.machine.seek(fix.partition, 10, 4);
        fix.advance(0);
        fix.end(TRUNCATED, 5, 4, 7);
        assertEquals(List.of("truncated 10 7", "failed " + TRUNCATED), fix.takeEvents());
        assertEquals(7, fix.partition.position());
    }

    @Test
    void storedPositionOfAnEpochTheLeaderNeverHadGoesBackAtLeastOneRecord()
    {
        fix.connect();
        fix.machine.seek(fix.partition, 10, 6);
        fix.advance(0);
        fix.end(TRUNCATED, 7, 4, 30);
        assertEquals(List.of("truncated 10 9"), fix.takeEvents());
        fix.take();
        fix.advance(0);
        assertEquals(List.of("1 subscribe 9 -1"), fix.take());
    }

    @Test
    void positionThatIsRefusedWithoutSayingWhyGoesBackToTheStartOfItsEpoch()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.push(5, 5, 6);
        fix.take();
        fix.end(TRUNCATED, 7, 6, 10);
        assertEquals(List.of("truncated 10 5"), fix.takeEvents());
        fix.advance(0);
        assertEquals(List.of("1 subscribe 5 3"), fix.take());
    }

    @Test
    void cutWhileReadingIsAskedAboutBeforeAnythingMoves()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.take();
        fix.end(TRUNCATED);
        fix.advance(50);
        assertEquals(List.of("1 subscribe 5 3"), fix.take());
        assertTrue(fix.takeEvents().isEmpty());
    }

    @Test
    void manyEpochsAreForgottenFromTheOldestOn()
    {
        final ConsumedEpochs epochs = new ConsumedEpochs();
        for (int i = 0; i < 20; i++)
        {
            epochs.add(i, 10 * i);
            epochs.add(i, 10 * i + 1);
        }
        assertEquals(19, epochs.last());
        assertEquals(180, epochs.endOf(17, 200));
        assertEquals(120, epochs.endOf(3, 200), "not further back than is remembered");
        epochs.truncate(150);
        assertEquals(14, epochs.last());
    }

    @Test
    void batchOfALowerEpochIsNotTakenForItsLogDiffers()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.take();
        fix.push(fix.lastSubscription, 3, fix.batches(5, 1, 2));
        assertEquals(5, fix.partition.position());
        assertEquals(1, fix.machine.gaps());
        fix.advance(50);
        assertEquals(List.of("1 unsubscribe", "1 subscribe 5 3"), fix.take());
    }

    @Test
    void gapIsSubscribedAgainFromThePosition()
    {
        fix.start();
        fix.push(0, 2, 3);
        fix.take();
        assertEquals(0, fix.push(3, 1, 3));
        fix.advance(50);
        assertEquals(List.of("1 unsubscribe", "1 subscribe 2 3"), fix.take());
        assertEquals(1, fix.machine.gaps());
    }

    @Test
    void batchThatBeginsBelowThePositionIsEnteredThere()
    {
        fix.connect();
        fix.machine.seek(fix.partition, 2, -1);
        fix.advance(0);
        assertEquals(3, fix.push(fix.lastSubscription, 3, fix.batches(0, 1, 3), fix.batches(1, 4, 3)));
        assertEquals(List.of(2L, 3L, 4L), fix.takeOffsets());
    }

    @Test
    void limitLeavesThePushToBeGivenAgain()
    {
        fix.start();
        fix.limit = 2;
        final byte[] batch = fix.batches(0, 3, 3);
        assertEquals(-3, fix.push(fix.lastSubscription, 3, batch));
        assertEquals(1, fix.push(fix.lastSubscription, 3, batch));
        assertEquals(List.of(0L, 1L, 2L), fix.takeOffsets());
    }

    @Test
    void handlerThatThrowsLeavesThePositionAtItsRecord()
    {
        fix.start();
        fix.onRecord = () ->
        {
            if (1 == fix.offsets.get(fix.offsets.size() - 1))
            {
                throw new IllegalStateException("test");
            }
        };
        final byte[] batch = fix.batches(0, 3, 3);
        assertThrows(IllegalStateException.class, () -> fix.push(fix.lastSubscription, 3, batch));
        assertEquals(1, fix.partition.position());
        fix.onRecord = () -> {};
        fix.push(fix.lastSubscription, 3, batch);
        assertEquals(List.of(0L, 1L, 1L, 2L), fix.takeOffsets());
    }

    @Test
    void handlerMaySeek()
    {
        fix.start();
        fix.onRecord = () -> fix.machine.seek(fix.partition, 20, -1);
        assertEquals(1, fix.push(0, 3, 3));
        assertEquals(20, fix.partition.position());
    }

    @Test
    void corruptBatchIsAskedForAgain()
    {
        fix.start();
        final byte[] batch = fix.batches(0, 1, 3);
        batch[batch.length - 1] ^= 1;
        assertEquals(0, fix.push(fix.lastSubscription, 3, batch));
        assertEquals(ResultCode.CORRUPT_BATCH.code(), fix.partition.failure());
        fix.take();
        fix.advance(50);
        assertEquals(List.of("1 subscribe 0 -1"), fix.take());
        fix.push(0, 1, 3);
        assertEquals(0, fix.partition.failure());
    }

    @Test
    void newTopicIdIsReadFromWhereThePolicySays()
    {
        fix.start();
        fix.push(0, 5, 3);
        fix.take();
        fix.end(ResultCode.UNKNOWN_TOPIC.code());
        fix.lead(8, 2, 0);
        fix.advance(0);
        assertEquals(List.of("2 offset at " + ConsumerMachine.EARLIEST), fix.take());
        fix.answer(0, 0, 0);
        assertEquals(List.of("reset " + ResultCode.UNKNOWN_TOPIC.code() + " 5 0"), fix.takeEvents());
        fix.advance(0);
        assertEquals(List.of("2 subscribe 0 -1"), fix.take());
        assertEquals(8, fix.partition.topicId());
    }

    @Test
    void backPressuredSubscribeIsTriedAgain()
    {
        fix.connect();
        fix.isRefusing = true;
        fix.machine.seek(fix.partition, 0, -1);
        fix.advance(1);
        fix.isRefusing = false;
        fix.advance(1);
        assertEquals(List.of("1 subscribe 0 -1"), fix.take());
    }

    @Test
    void removedPartitionIsHeardOfNoMore()
    {
        fix.start();
        fix.machine.remove(fix.partition);
        assertEquals(0, fix.push(0, 1, 3));
        fix.take();
        fix.lead(7, 2, 4);
        fix.advance(100);
        assertTrue(fix.take().isEmpty());
        assertNotEquals(fix.partition, fix.machine.add(ConsumerFixture.TOPIC, 0));
    }

    @Test
    void answerOfALeaderOfBeforeToAQuestionIsAskedAgain()
    {
        fix.connect().advance(0);
        fix.take();
        fix.lead(7, 2, 4);
        fix.answer(0, 3, 40);
        assertEquals(-1, fix.partition.position());
        fix.advance(0);
        assertEquals(List.of("2 offset at " + ConsumerMachine.EARLIEST), fix.take());
        fix.answer(NOT_LEADER, -1, -1);
        fix.advance(50);
        assertEquals(List.of("2 offset at " + ConsumerMachine.EARLIEST), fix.take());
    }
}
