package io.epona.coordination;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.OpResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class OutcomesTest
{
    @ParameterizedTest
    @EnumSource(Code.class)
    void shouldHaveAnOutcomeForEveryCode(final Code code)
    {
        final boolean isOk = Code.OK == code;
        assertEquals(isOk, Status.OK == Outcomes.ofRead(code.intValue()));
        assertEquals(isOk, Status.OK == Outcomes.ofChange(code.intValue()));
        assertNotEquals(Status.OUTCOME_UNKNOWN, Outcomes.ofRead(code.intValue()));
        assertNotEquals(Status.OUTCOME_UNKNOWN, Outcomes.ofRefusal(code.intValue()));
    }

    @ParameterizedTest
    @EnumSource(
        value = Code.class,
        names = {"CONNECTIONLOSS", "OPERATIONTIMEOUT", "REQUESTTIMEOUT", "SESSIONEXPIRED", "SESSIONMOVED",
            "SYSTEMERROR", "MARSHALLINGERROR", "AUTHFAILED"})
    void shouldNotClaimToKnowADoubtfulOutcome(final Code code)
    {
        assertEquals(Status.OUTCOME_UNKNOWN, Outcomes.ofChange(code.intValue()));
    }

    @Test
    void shouldTreatACodeOfALaterVersionAsADoubt()
    {
        assertEquals(Status.OUTCOME_UNKNOWN, Outcomes.ofChange(-9999));
        assertEquals(Status.FAILED, Outcomes.ofRead(-9999));
    }

    @Test
    void shouldFindTheOperationThatRefused()
    {
        final List<OpResult> results = List.of(
            new OpResult.ErrorResult(Code.OK.intValue()),
            new OpResult.ErrorResult(Code.BADVERSION.intValue()),
            new OpResult.ErrorResult(Code.RUNTIMEINCONSISTENCY.intValue()));

        assertEquals(1, Outcomes.failedIndex(results));
        assertEquals(-1, Outcomes.failedIndex(List.of(new OpResult.CheckResult())));
        assertEquals(-1, Outcomes.failedIndex(null));
    }

    @Test
    void shouldGiveUpACallWhenItsSessionIsOver()
    {
        final ZkSession session = new ZkSession();
        final List<Status> statuses = new ArrayList<>();
        final ChangeCall change = new ChangeCall(
            session, List.of(Operation.check("/a", 0)), (status, failedIndex, versions) -> statuses.add(status));
        final ReadCall read = new ReadCall(session, (status, value, version, owner) -> statuses.add(status));
        final ChildrenCall children = new ChildrenCall(session, (status, names) -> statuses.add(status));
        assertFalse(change.isReady());

        session.end();
        for (final Call call : List.of(change, read, children))
        {
            assertTrue(call.isReady());
            call.run();
        }
        assertEquals(
            List.of(Status.OUTCOME_UNKNOWN, Status.SESSION_EXPIRED, Status.SESSION_EXPIRED), statuses);
    }

    @Test
    void shouldPreferAnAnswerThatCameAtTheLastMoment()
    {
        final ZkSession session = new ZkSession();
        final List<Status> statuses = new ArrayList<>();
        final ChangeCall change = new ChangeCall(
            session, List.of(Operation.check("/a", 3)), (status, failedIndex, versions) ->
            {
                statuses.add(status);
                assertEquals(3, versions[0]);
            });
        session.end();
        change.processResult(Code.OK.intValue(), null, null, List.of(new OpResult.CheckResult()));
        change.run();
        assertEquals(List.of(Status.OK), statuses);
    }
}
