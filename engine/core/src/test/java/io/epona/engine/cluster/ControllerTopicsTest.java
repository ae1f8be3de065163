package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.FakeEnsemble.Client;
import io.epona.engine.cluster.FakeEnsemble.Fate;
import io.epona.engine.cluster.PartitionState.Member;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Topics that a controller creates and deletes. */
public class ControllerTopicsTest extends ControllerFixture
{
    private List<Integer> leaders(final long topicId, final int partitionCount)
    {
        final List<Integer> leaders = new ArrayList<>();
        for (int i = 0; i < partitionCount; i++)
        {
            final int leader = ensemble.state(topicId, i).leader();
            if (!leaders.contains(leader))
            {
                leaders.add(leader);
            }
        }

        return leaders;
    }

    @Test
    public void shouldCreateATopicWithEveryReplicaInSync()
    {
        start(1, 2, 3);
        final long topicId = create("a", 3, 3, 2);

        for (int i = 0; i < 3; i++)
        {
            final PartitionState state = ensemble.state(topicId, i);
            assertEquals(3, state.replicas().size());
            assertEquals(state.replicas().get(0), state.leader());
            assertEquals(0, state.leaderEpoch());
            assertEquals(List.of(new Member(1, 1), new Member(2, 1), new Member(3, 1)), state.isr());
            assertEquals(2, state.minIsr());
        }
        assertEquals(3, leaders(topicId, 3).size());

        final Answer answer = new Answer();
        controller().createTopic(topic("a", 1, 3, 2), answer);
        assertEquals(ResultCode.TOPIC_EXISTS, answer.refusal);
        controller().createTopic(topic("b", 1, 4, 2), answer);
        assertEquals(ResultCode.INVALID_REPLICATION, answer.refusal);
        controller().createTopic(topic("b", 0, 3, 2), answer);
        assertEquals(ResultCode.INVALID_CONFIG, answer.refusal);
        other().createTopic(topic("b", 1, 3, 2), answer);
        assertEquals(ResultCode.NOT_CONTROLLER, answer.refusal);
        other().deleteTopic("a", answer);
        assertEquals(ResultCode.NOT_CONTROLLER, answer.refusal);
        controller().deleteTopic("b", answer);
        assertEquals(ResultCode.UNKNOWN_TOPIC, answer.refusal);
        assertEquals(6, answer.count);

        final long second = create("b", 1, -1, 9);
        assertTrue(second > topicId);
        assertEquals(3, ensemble.state(second, 0).minIsr());
    }

    @Test
    public void shouldCreateAndDeleteWhenAnswersAreLost()
    {
        start(1, 2, 3);
        int count = 0;
        for (final Fate fate : new Fate[]{
            Fate.APPLIED_UNKNOWN, Fate.DROPPED_UNKNOWN, Fate.LATE_UNKNOWN, Fate.FAILED})
        {
            for (int i = 0; i < 3; i++)
            {
                final String name = "t" + count++;
                final Client client = brokers.get(controllerId()).client;
                for (int j = 0; j < i; j++)
                {
                    client.script(Fate.PASS);
                }
                client.script(fate);
                final long topicId = create(name, 2, 3, 2);
                assertNotNull(ensemble.value(Paths.topic(name)));

                client.script(fate);
                final Answer answer = new Answer();
                controller().deleteTopic(name, answer);
                run();
                ensemble.releaseLate();
                run();
                assertEquals(1, answer.count);
                assertNull(answer.refusal);
                assertNull(ensemble.value(Paths.topic(name)));
                settle();
                assertNull(ensemble.value(Paths.states(topicId)), fate.name());
            }
        }
    }

    /** The controller that made it removes its states too, and does what is asked of its partitions no more. */
    @Test
    public void shouldRemoveWhatIsLeftOfATopicThatIsDeletedByHand()
    {
        start(1, 2, 3);
        final long topicId = create("a", 2, 3, 2);
        kill(brokers.keySet().stream().filter((id) -> id != controllerId()).findFirst().orElseThrow());
        run();
        assertEquals(2, ensemble.state(topicId, 0).isr().size(), "written by this controller");

        ensemble.change(Operation.delete(Paths.topic("a"), Coordination.ANY_VERSION));
        settle();
        assertNull(ensemble.value(Paths.states(topicId)));
    }
}
