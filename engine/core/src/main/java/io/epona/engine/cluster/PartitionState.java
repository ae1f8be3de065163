package io.epona.engine.cluster;

import java.util.Comparator;
import java.util.List;

/**
 * The value of {@code /state/TOPICID/P}: who leads a partition, since when, and who holds it. Immutable: any thread.
 *
 * @param leader            broker id, -1 for none.
 * @param leaderBrokerEpoch life of the broker that leads: a later life of it does not.
 * @param leaderEpoch       never falls.
 * @param minIsr            in-sync replicas below which nothing is committed.
 * @param lastUncleanEpoch  leader epoch of the last unclean election, -1 for none.
 * @param controllerEpoch   of the controller that wrote it.
 * @param resigned          broker that gave the leadership up, -1 for none.
 * @param groupFsync        whether acknowledgements count what is flushed.
 * @param uncleanElection   whether the topic allows an unclean election.
 * @param recovering        after an unclean election, until the leader has rebuilt.
 * @param replicas          broker ids, in the order of preference.
 * @param adding            broker ids of a reassignment under way.
 * @param removing          broker ids of a reassignment under way.
 * @param isr               in-sync replicas.
 * @param elr               eligible leader replicas.
 * @param lastKnownElr      former ones.
 */
public record PartitionState(
    int leader,
    int leaderBrokerEpoch,
    int leaderEpoch,
    int minIsr,
    int lastUncleanEpoch,
    int controllerEpoch,
    int resigned,
    boolean groupFsync,
    boolean uncleanElection,
    boolean recovering,
    List<Integer> replicas,
    List<Integer> adding,
    List<Integer> removing,
    List<Member> isr,
    List<Member> elr,
    List<Member> lastKnownElr)
{
    /** Broker id that stands for no broker. */
    public static final int NONE = -1;

    /**
     * A replica in a certain life of its broker.
     *
     * @param brokerId    of the broker.
     * @param brokerEpoch life of the broker.
     */
    public record Member(int brokerId, int brokerEpoch)
    {
        /**
         * @param members  to look through.
         * @param brokerId of a broker.
         * @return the life of it that is among them, null for none.
         */
        public static Member of(final List<Member> members, final int brokerId)
        {
            for (int i = 0; i < members.size(); i++)
            {
                if (members.get(i).brokerId() == brokerId)
                {
                    return members.get(i);
                }
            }

            return null;
        }
    }

    /**
     * The state of a new partition, whose logs are empty: all replicas are in sync, the first one leads in epoch 0.
     *
     * @param replicas        broker ids, in the order of preference.
     * @param isr             the replicas, in the order of preference, in the lives of their brokers.
     * @param minIsr          in-sync replicas that a commit needs, no more than there are replicas.
     * @param controllerEpoch of the controller that makes it.
     * @param groupFsync      whether acknowledgements count what is flushed.
     * @param uncleanElection whether the topic allows an unclean election.
     * @return the state.
     */
    public static PartitionState ofReplicas(
        final List<Integer> replicas, final List<Member> isr, final int minIsr, final int controllerEpoch,
        final boolean groupFsync, final boolean uncleanElection)
    {
        final List<Member> members = isr.stream().sorted(Comparator.comparingInt(Member::brokerId)).toList();
        final Member leader = isr.get(0);
        return new PartitionState(
            leader.brokerId(), leader.brokerEpoch(), 0, minIsr, NONE, controllerEpoch, NONE, groupFsync,
            uncleanElection, false, List.copyOf(replicas), List.of(), List.of(), members, List.of(), List.of());
    }
}
