package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ParkedAppendsTest
{
    private final List<String> answers = new ArrayList<>();
    private final ParkedAppends parked = new ParkedAppends(
        (topicId, partition, correlationId, code, leaderEpoch, baseOffset) ->
        answers.add(correlationId + ":" + code + "@" + baseOffset + "/" + leaderEpoch),
        1, 2, 7, 100);

    @Test
    void shouldAnswerInOrderAsTheHighWatermarkRises()
    {
        for (int i = 0; i < 40; i++)
        {
            parked.park(i + 1, i, i, 1000);
        }
        assertEquals(0, parked.complete(0));
        assertEquals(3, parked.complete(3));
        assertEquals(List.of("0:0@0/7", "1:0@1/7", "2:0@2/7"), answers);
        for (int i = 40; i < 100; i++)
        {
            parked.park(i + 1, i, i, 1000);
        }
        assertEquals(97, parked.complete(1000));
        assertEquals("99:0@99/7", answers.get(99));
        assertEquals(0, parked.count());
    }

    /** A repeated batch stands behind younger ones, and is answered as soon as they could be. */
    @Test
    void shouldAnswerWhatIsRepeatedBeforeYoungerOnes()
    {
        parked.park(10, 9, 1, 1000);
        parked.park(20, 19, 2, 1000);
        parked.park(10, 9, 3, 1000);
        assertEquals(2, parked.complete(10));
        assertEquals(List.of("1:0@9/7", "3:0@9/7"), answers);
        assertEquals(1, parked.complete(20));
        assertEquals(0, parked.complete(30));
        assertEquals(0, parked.count());
    }

    @Test
    void shouldTimeOutEachAtItsDeadline()
    {
        parked.park(10, 9, 1, 300);
        parked.park(11, 10, 2, 100);
        parked.park(12, 11, 3, 200);
        assertEquals(0, parked.expire(99));
        assertEquals(1, parked.expire(100));
        assertEquals(1, parked.expire(250));
        assertEquals(1, parked.complete(12));
        final int code = ResultCode.TIMED_OUT.code();
        assertEquals(List.of("2:" + code + "@10/7", "3:" + code + "@11/7", "1:0@9/7"), answers);
        assertEquals(0, parked.expire(1000));
        assertEquals(0, parked.count());
    }

    @Test
    void shouldFailEachOnce()
    {
        parked.park(10, 9, 1, 100);
        parked.park(11, 10, 2, 50);
        assertEquals(1, parked.expire(60));
        assertEquals(1, parked.fail(ResultCode.NOT_LEADER.code()));
        assertEquals(0, parked.fail(ResultCode.NOT_LEADER.code()));
        assertEquals(0, parked.complete(100));
        assertEquals(2, answers.size());
    }

    @Test
    void shouldBeFullAtTheMaximum()
    {
        for (int i = 0; i < 100; i++)
        {
            assertFalse(parked.isFull());
            parked.park(i, i, i, 1000);
        }
        assertTrue(parked.isFull());
    }
}
