package io.epona.engine.cluster;

import io.epona.engine.cluster.PartitionOp.Expand;
import io.epona.engine.cluster.PartitionState.Member;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

/** What a controller does on an operator's request. */
public class ControllerRequestsTest extends ControllerFixture
{
    @Test
    public void shouldGiveTheLeadershipToThePreferredReplica()
    {
        start(1, 2, 3, 4);
        final long topicId = createOn(3, 2, 4);
        final int preferred = ensemble.state(topicId, 0).leader();
        kill(preferred);
        run();
        final PartitionState without = ensemble.state(topicId, 0);
        ensemble.change(AdminRequests.prefer(topicId, 0));
        run();
        assertEquals(without, ensemble.state(topicId, 0));
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_PREFERRED));

        restart(preferred, true);
        run();
        asLeader(topicId, new Expand(new Member(preferred, 2)));
        ensemble.change(AdminRequests.prefer(topicId, 0), AdminRequests.prefer(99, 0));
        run();
        assertEquals(preferred, ensemble.state(topicId, 0).leader());
        assertEquals(without.leaderEpoch() + 1, ensemble.state(topicId, 0).leaderEpoch());
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_PREFERRED));
    }

    @Test
    public void shouldMoveAPartition()
    {
        start(1, 2, 3, 4);
        final long topicId = createOn(3, 2, 4);
        final PartitionState before = ensemble.state(topicId, 0);
        final int added = controllerId();
        final int kept = before.replicas().get(1);
        ensemble.change(AdminRequests.reassign(topicId, 0, List.of(added, kept)));
        run();
        final PartitionState begun = ensemble.state(topicId, 0);
        assertEquals(List.of(added), begun.adding());
        assertEquals(2, begun.removing().size());
        assertEquals(0, begun.leaderEpoch());
        assertEquals(before.leader(), begun.leader());

        asLeader(topicId, new Expand(new Member(added, 1)));
        run();
        final PartitionState done = ensemble.state(topicId, 0);
        assertEquals(List.of(added, kept), done.replicas());
        assertEquals(2, done.isr().size());
        assertEquals(added, done.leader());
        assertEquals(1, done.leaderEpoch());
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_REASSIGN));

        ensemble.change(AdminRequests.reassign(topicId, 0, List.of(kept, 9)));
        run();
        assertEquals(done, ensemble.state(topicId, 0));
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_REASSIGN));
        assertEquals(1, brokers.get(controllerId()).errors.size());
    }

    @Test
    public void shouldChangeMinIsrAndDeleteOnRequest()
    {
        start(1, 2, 3);
        final long topicId = create("a", 2, 3, 2);
        final Answer answer = new Answer();
        controller().changeMinIsr("a", 3, answer);
        run();
        assertEquals(1, answer.count);
        assertNull(answer.refusal);
        assertEquals(3, ensemble.state(topicId, 0).minIsr());
        assertEquals(3, ensemble.state(topicId, 1).minIsr());

        ensemble.change(AdminRequests.delete("a", topicId + 1));
        run();
        assertNotNull(ensemble.value(Paths.topic("a")));
        ensemble.change(AdminRequests.delete("a", topicId));
        run();
        assertNull(ensemble.value(Paths.topic("a")));
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_DELETE));
        settle();
        assertNull(ensemble.value(Paths.states(topicId)));
    }
}
