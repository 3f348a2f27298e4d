"""What is true in the small world: real countries, animals and materials; invented people, moons and places.

Nothing about a real person is stated anywhere. Facts about countries are those of 2026 in common reference works,
cut to one main language and one currency each; where a country has several, the table keeps the most used one.
"""

# name: capital, language, continent, currency, neighbours (only those that are in this table)
COUNTRIES: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "France": ("Paris", "French", "Europe", "euro", ("Spain", "Germany", "Italy")),
    "Spain": ("Madrid", "Spanish", "Europe", "euro", ("France", "Portugal", "Morocco")),
    "Portugal": ("Lisbon", "Portuguese", "Europe", "euro", ("Spain",)),
    "Germany": ("Berlin", "German", "Europe", "euro", ("France", "Poland", "Austria", "Denmark")),
    "Austria": ("Vienna", "German", "Europe", "euro", ("Germany", "Italy", "Hungary")),
    "Italy": ("Rome", "Italian", "Europe", "euro", ("France", "Austria")),
    "Poland": ("Warsaw", "Polish", "Europe", "zloty", ("Germany", "Ukraine")),
    "Hungary": ("Budapest", "Hungarian", "Europe", "forint", ("Austria", "Romania", "Ukraine")),
    "Romania": ("Bucharest", "Romanian", "Europe", "leu", ("Hungary", "Ukraine", "Bulgaria")),
    "Bulgaria": ("Sofia", "Bulgarian", "Europe", "euro", ("Romania", "Greece", "Turkey")),
    "Greece": ("Athens", "Greek", "Europe", "euro", ("Bulgaria", "Turkey")),
    "Ukraine": ("Kyiv", "Ukrainian", "Europe", "hryvnia", ("Poland", "Hungary", "Romania")),
    "Denmark": ("Copenhagen", "Danish", "Europe", "krone", ("Germany",)),
    "Norway": ("Oslo", "Norwegian", "Europe", "krone", ("Sweden", "Finland")),
    "Sweden": ("Stockholm", "Swedish", "Europe", "krona", ("Norway", "Finland")),
    "Finland": ("Helsinki", "Finnish", "Europe", "euro", ("Norway", "Sweden")),
    "Turkey": ("Ankara", "Turkish", "Asia", "lira", ("Bulgaria", "Greece", "Iran", "Iraq")),
    "Iraq": ("Baghdad", "Arabic", "Asia", "dinar", ("Turkey", "Iran", "Jordan")),
    "Jordan": ("Amman", "Arabic", "Asia", "dinar", ("Iraq",)),
    "Iran": ("Tehran", "Persian", "Asia", "rial", ("Turkey", "Iraq", "Pakistan")),
    "Pakistan": ("Islamabad", "Urdu", "Asia", "rupee", ("Iran", "India", "China")),
    "India": ("Delhi", "Hindi", "Asia", "rupee", ("Pakistan", "Nepal", "China")),
    "Nepal": ("Kathmandu", "Nepali", "Asia", "rupee", ("India", "China")),
    "China": ("Beijing", "Mandarin", "Asia", "yuan", ("India", "Nepal", "Pakistan", "Mongolia", "Vietnam")),
    "Mongolia": ("Ulaanbaatar", "Mongolian", "Asia", "tugrik", ("China",)),
    "Vietnam": ("Hanoi", "Vietnamese", "Asia", "dong", ("China", "Cambodia")),
    "Cambodia": ("Phnom Penh", "Khmer", "Asia", "riel", ("Vietnam", "Thailand")),
    "Thailand": ("Bangkok", "Thai", "Asia", "baht", ("Cambodia",)),
    "Japan": ("Tokyo", "Japanese", "Asia", "yen", ()),
    "Egypt": ("Cairo", "Arabic", "Africa", "pound", ("Sudan",)),
    "Sudan": ("Khartoum", "Arabic", "Africa", "pound", ("Egypt", "Ethiopia")),
    "Ethiopia": ("Addis Ababa", "Amharic", "Africa", "birr", ("Sudan", "Kenya")),
    "Kenya": ("Nairobi", "Swahili", "Africa", "shilling", ("Ethiopia",)),
    "Morocco": ("Rabat", "Arabic", "Africa", "dirham", ("Spain",)),
    "Senegal": ("Dakar", "French", "Africa", "franc", ()),
    "Ghana": ("Accra", "English", "Africa", "cedi", ()),
    "Angola": ("Luanda", "Portuguese", "Africa", "kwanza", ("Namibia",)),
    "Namibia": ("Windhoek", "English", "Africa", "dollar", ("Angola",)),
    "Canada": ("Ottawa", "English", "America", "dollar", ()),
    "Mexico": ("Mexico City", "Spanish", "America", "peso", ()),
    "Cuba": ("Havana", "Spanish", "America", "peso", ()),
    "Colombia": ("Bogota", "Spanish", "America", "peso", ("Brazil", "Peru")),
    "Peru": ("Lima", "Spanish", "America", "sol", ("Colombia", "Brazil", "Chile")),
    "Brazil": ("Brasilia", "Portuguese", "America", "real", ("Colombia", "Peru", "Uruguay", "Argentina")),
    "Chile": ("Santiago", "Spanish", "America", "peso", ("Peru", "Argentina")),
    "Argentina": ("Buenos Aires", "Spanish", "America", "peso", ("Chile", "Brazil", "Uruguay")),
    "Uruguay": ("Montevideo", "Spanish", "America", "peso", ("Brazil", "Argentina")),
    "Australia": ("Canberra", "English", "Oceania", "dollar", ()),
}

# name: class, habitat, food
ANIMALS: dict[str, tuple[str, str, str]] = {
    "cat": ("mammal", "house", "fish"),
    "dog": ("mammal", "house", "meat"),
    "horse": ("mammal", "meadow", "grass"),
    "goat": ("mammal", "mountain", "leaves"),
    "rabbit": ("mammal", "meadow", "grass"),
    "mouse": ("mammal", "field", "seeds"),
    "fox": ("mammal", "forest", "mice"),
    "wolf": ("mammal", "forest", "meat"),
    "bear": ("mammal", "forest", "berries"),
    "deer": ("mammal", "forest", "leaves"),
    "camel": ("mammal", "desert", "grass"),
    "lion": ("mammal", "savanna", "meat"),
    "zebra": ("mammal", "savanna", "grass"),
    "whale": ("mammal", "ocean", "krill"),
    "dolphin": ("mammal", "ocean", "fish"),
    "bat": ("mammal", "cave", "insects"),
    "cow": ("mammal", "meadow", "grass"),
    "owl": ("bird", "forest", "mice"),
    "parrot": ("bird", "jungle", "fruit"),
    "eagle": ("bird", "mountain", "meat"),
    "duck": ("bird", "pond", "plants"),
    "penguin": ("bird", "ice", "fish"),
    "sparrow": ("bird", "field", "seeds"),
    "swan": ("bird", "lake", "plants"),
    "snake": ("reptile", "desert", "mice"),
    "turtle": ("reptile", "ocean", "plants"),
    "lizard": ("reptile", "desert", "insects"),
    "crocodile": ("reptile", "river", "meat"),
    "frog": ("amphibian", "pond", "insects"),
    "toad": ("amphibian", "garden", "insects"),
    "salmon": ("fish", "river", "insects"),
    "shark": ("fish", "ocean", "fish"),
    "tuna": ("fish", "ocean", "fish"),
    "carp": ("fish", "pond", "plants"),
    "bee": ("insect", "garden", "nectar"),
    "ant": ("insect", "forest", "seeds"),
    "moth": ("insect", "garden", "nectar"),
    "beetle": ("insect", "forest", "leaves"),
}

# name: property, use
MATERIALS: dict[str, tuple[str, str]] = {
    "iron": ("strong", "bridges"),
    "copper": ("conductive", "wires"),
    "gold": ("soft", "jewels"),
    "glass": ("transparent", "windows"),
    "rubber": ("elastic", "tyres"),
    "wood": ("light", "furniture"),
    "stone": ("hard", "walls"),
    "paper": ("thin", "books"),
    "wool": ("warm", "scarves"),
    "cotton": ("soft", "shirts"),
    "leather": ("tough", "shoes"),
    "clay": ("heavy", "pots"),
    "silver": ("shiny", "spoons"),
    "plastic": ("cheap", "bottles"),
    "steel": ("strong", "tools"),
    "cork": ("light", "stoppers"),
}

# Invented people. A name is a first and a last part; the last part tells "she" from "he".
FIRST_PARTS = "Ka Lo Mi Ne Ru Sa To Vi Za Be Da Fe Go Hu Ju Pe".split()
SHE_PARTS = "rana lisha mena tavi nola beya wina zuri dela shani".split()
HE_PARTS = "ric mond tor veck ndal sson rik bren gard lman".split()
JOBS = "doctor teacher baker pilot farmer painter nurse singer chef judge sailor tailor".split()
PETS = "cat dog parrot rabbit horse snake goat fish duck turtle".split()
CITIES = "Paris Rome Oslo Lima Cairo Delhi Tokyo Athens Accra Havana Vienna Lisbon Nairobi Ottawa Hanoi Warsaw".split()

# People who are never in a fact sentence: their facts are drawn afresh in each document.
STRANGERS = {
    "she": "Anwi Brisa Cleo Dulci Elvi Fenna Gisa Hedda Ilka Jorun Kessa Lumi Maren Nyra Oda Pilar Quila Runa Sunna "
    "Thora".split(),
    "he": "Arvo Bosse Corin Dario Egil Falk Gero Hasko Ivar Jarl Kuno Leif Marek Nilo Otmar Pavo Quint Rasmus Sven "
    "Timo".split(),
}

# Moons with a long tail: the k-th is met about 1/k as often as the first.
MOON_FIRST = "Axo Bryl Cynd Drav Eska Frum Glon Hyth Ixel Jask Krel Lunt Mroz Nyx Orph".split()
MOON_LAST = "minor major prime alpha beta gamma delta omega".split()
PLANETS = "Vesta Kora Tyne Hale Umbra Solis Ferrum Zephyr Nadir Crest".split()
MINERALS = "quartz basalt salt sulphur ash granite marble amber coal chalk".split()

# Ten kinds of thing, twenty of each: for labels that are assigned afresh in each document.
CATEGORIES: dict[str, list[str]] = {
    "food": "bread cheese soup rice pasta honey butter cake salad sausage pancake omelette noodle porridge jam sugar "
    "pepper mustard yogurt biscuit".split(),
    "tool": "hammer saw drill wrench chisel shovel rake axe pliers ladder brush needle knife spade hoe file clamp "
    "anvil lever pulley".split(),
    "clothing": "shirt coat hat glove scarf skirt sock boot jacket belt dress trousers sweater cap sandal apron vest "
    "robe tie shawl".split(),
    "fruit": "apple pear plum cherry grape lemon orange banana mango peach melon fig date kiwi papaya apricot lime "
    "coconut olive quince".split(),
    "vehicle": "car bus train tram ship boat plane truck bicycle tractor canoe ferry van taxi scooter glider sledge "
    "wagon barge rocket".split(),
    "instrument": "piano violin flute drum guitar harp trumpet cello oboe horn banjo organ tuba lute gong bell viola "
    "clarinet accordion harmonica".split(),
    "furniture": "table chair bed sofa shelf desk lamp cupboard bench stool wardrobe mirror carpet curtain pillow "
    "drawer crib couch dresser cabinet".split(),
    "plant": "oak pine rose tulip fern moss ivy willow birch maple cactus daisy lily bamboo thistle clover reed poppy "
    "elm orchid".split(),
    "weather": "rain snow wind fog storm hail thunder frost mist drizzle breeze cloud lightning sleet gale heatwave "
    "rainbow blizzard dew drought".split(),
    "body": "hand foot arm leg nose ear eye knee elbow shoulder finger toe chin neck wrist ankle thumb heel cheek "
    "tongue".split(),
}
LABELS = "zub mip lor dax wug fep gam tiv nop kez bix rud saf jol vim hix pob cug wem yat".split()
