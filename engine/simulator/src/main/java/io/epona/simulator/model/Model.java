package io.epona.simulator.model;

/**
 * A system of which every reachable state can be visited. States are immutable, and a function of their parts. The
 * steps from a state, and their order, are a function of the state alone. Owned by one thread.
 *
 * @param <S> states.
 */
interface Model<S>
{
    /**
     * @return the state that everything begins in.
     */
    S initial();

    /**
     * Give every state that one step leads to.
     *
     * @param state to go on from; nothing is broken in it.
     * @param steps that takes them.
     */
    void steps(S state, Steps<S> steps);

    /**
     * @param state to look at.
     * @return what must never be, or null where all is well.
     */
    String broken(S state);

    /**
     * Whether a state is one that has to be reachable from everywhere, by steps that are no faults.
     *
     * @param state to look at.
     * @return whether it is as it should be in the end.
     */
    boolean isSettled(S state);

    /**
     * Take a state to pieces that recur in many states.
     *
     * @param state to take to pieces.
     * @return as many parts for every state, each with equals and hashCode; null is a part too.
     */
    Object[] parts(S state);

    /**
     * @param parts of a state.
     * @return that state.
     */
    S whole(Object[] parts);

    /** Takes the steps from a state. */
    interface Steps<S>
    {
        /**
         * What happens by itself.
         *
         * @param action what happens.
         * @param who    number of who does it.
         * @param whom   number of the other one, or a length; -1 for none.
         * @param next   where it leads; the same state as before is none.
         */
        void step(String action, int who, int whom, S next);

        /**
         * What goes wrong, and need not happen.
         *
         * @param action what happens.
         * @param who    number of who does it.
         * @param whom   number of the other one, or a length; -1 for none.
         * @param next   where it leads.
         */
        void fault(String action, int who, int whom, S next);
    }
}
