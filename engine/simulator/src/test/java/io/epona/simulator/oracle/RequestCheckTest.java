package io.epona.simulator.oracle;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

class RequestCheckTest
{
    private static final List<ResultCode> EXPECTED = List.of(ResultCode.TOPIC_EXISTS);

    private final Verdicts verdicts = new Verdicts();
    private final RequestCheck check = new RequestCheck(verdicts, 3);

    private static PartitionState state(final int minIsr, final Integer... replicas)
    {
        return PartitionState.ofReplicas(List.of(replicas), List.of(new Member(1, 1)), minIsr, 0, false, false);
    }

    private void assertFound(final int count)
    {
        assertEquals(count, verdicts.violations().size());
        verdicts.violations().forEach((violation) -> assertEquals(Invariant.REQUESTS, violation.invariant()));
    }

    @Test
    void shouldAcceptWhatIsRefusedAndWhatWasAskedFor()
    {
        check.onAnswer("a topic", ResultCode.TOPIC_EXISTS, EXPECTED);
        check.onUnsendable("a path", true);
        check.check(List.of("t0"), List.of("t0", "t1"), List.of(state(2, 1, 2, 3)));
        assertFound(0);
    }

    @Test
    void shouldFindWrongAnswers()
    {
        check.onAnswer("a topic", null, EXPECTED);
        check.onAnswer("a topic", ResultCode.INTERNAL, EXPECTED);
        check.onUnsendable("a path", false);
        assertFound(3);
    }

    @Test
    void shouldFindWhatCameOfWrongRequests()
    {
        check.check(List.of("nowhere"), List.of("t0"), List.of());
        check.check(List.of(), List.of(), List.of(state(0, 1, 2), state(1, 1, 1), state(1, 1, 4)));
        assertFound(4);
    }
}
