"""DNS as a proof of control: what is asked, of whom, and what the answers mean.

``prover`` is the way in. ``look`` takes one question to its finding: ``panel`` asks the resolvers
side by side, ``reading`` says what texts mean for the question and ``voices`` what several answers
mean together; ``explain`` asks further where people want to know why, by ``hints`` and of the
``authoritative`` servers. Beneath, ``ask`` puts one question to one server (``transport``,
``packet``, ``answers``), and all keep to one ``pace``.
"""
